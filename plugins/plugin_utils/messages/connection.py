# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a connection that does not come about, and of a PowerShell that does not start."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "unreachable": (
        "no WinRM connection: {host_says}",
        "a host that answers and accepts the login",
        "Check ansible_host, ansible_port, ansible_user and the password, and that WinRM is enabled (docs/server.md).",
    ),
    "unreachable_login": (
        "no WinRM connection, since the login was refused: {host_says}",
        "a user name and a password that the host accepts",
        "Check ansible_user and the password (of a domain account as DOMAIN\\user, from ansible-vault)."
        " The host says the same where the account is locked, disabled or expired, and where it does not accept the"
        " transport {transport}.",
    ),
    "unreachable_login_basic": (
        "no WinRM connection, since the login was refused: {host_says}",
        "a login that the host accepts",
        "The transport {transport} logs in with Basic, which WinRM does not accept unless it is switched on there, and"
        " never for a domain account. Set ansible_winrm_transport: ntlm. If Basic is meant: check ansible_user and the"
        " password.",
    ),
    "unreachable_transport_left_out": (
        "no WinRM connection, without an ansible_winrm_transport: {host_says}",
        "a transport that the host accepts",
        "Set ansible_winrm_transport: ntlm. Without it Ansible has chosen {transport}: kerberos for a user with an @,"
        " otherwise Basic, which WinRM does not accept by default. The password need not be wrong.",
    ),
    "unreachable_transport_unknown": (
        "no WinRM connection, since there is no such transport: {host_says}",
        "ansible_winrm_transport: ntlm",
        "Correct ansible_winrm_transport: ntlm, kerberos, credssp, certificate, basic (over https only).",
    ),
    "unreachable_no_user": (
        "no WinRM connection without a user name: {host_says}",
        "ansible_user",
        "Set ansible_user for this host (group_vars of its group), and its ansible_password.",
    ),
    "unreachable_no_password": (
        "no WinRM connection without a password: {host_says}",
        "ansible_password",
        "Set ansible_password for this host, from ansible-vault (the example's vault.yml.example), or ask for it with"
        " --ask-pass.",
    ),
    "unreachable_account": (
        "no WinRM connection, since the account may not log in now: {host_says}",
        "an account that is neither locked, disabled nor expired",
        "Unlock or enable the account {user} in Active Directory Users and Computers. The password need not be wrong;"
        " each further attempt with a wrong one locks it again.",
    ),
    "unreachable_password_expired": (
        "no WinRM connection, since the account's password has expired or must be changed: {host_says}",
        "a password that is valid",
        "Log in as {user} once and change the password, or set a new one in Active Directory Users and Computers"
        " without 'must change password at next logon'; then put it into the vault.",
    ),
    "unreachable_denied": (
        "no WinRM shell, since access was denied after the login: {host_says}",
        "an account that may use WinRM",
        "The login itself was accepted. Make the account {user} a member of Domain Admins (docs/server.md"
        "), or allow it in winrm configSDDL default.",
    ),
    "unreachable_shells_forbidden": (
        "no WinRM shell, since remote shells are switched off: {host_says}",
        "AllowRemoteShellAccess: true",
        "Run on the host: winrm set winrm/config/winrs '@{{AllowRemoteShellAccess=\"true\"}}' (or correct the group"
        " policy that forbids it). The password is fine.",
    ),
    "unreachable_shells": (
        "no free WinRM shell: {host_says}",
        "a free shell: WinRM 2.0 gives each account five at a time",
        "Wait three minutes, after which WinRM closes idle ones, and see who else logs in as {user}: a monitoring,"
        " another run, or several names of this host in one run (--forks 1). Or raise it on the host: winrm set"
        " winrm/config/winrs '@{{MaxShellsPerUser=\"25\"}}'. The password is fine.",
    ),
    "unreachable_users": (
        "no free place in WinRM: {host_says}",
        "fewer accounts with open shells: WinRM 2.0 allows five at a time",
        "Wait three minutes, after which WinRM closes idle shells. Or raise it on the host: winrm set"
        " winrm/config/winrs '@{{MaxConcurrentUsers=\"10\"}}'. The password is fine.",
    ),
    "unreachable_commands": (
        "no further command in WinRM: {host_says}",
        "fewer commands at once: WinRM 2.0 allows fifteen in a shell and for an account",
        "See who else works as {user} (a monitoring, another run), and run again. Or raise it on the host: winrm"
        " set winrm/config/service '@{{MaxConcurrentOperationsPerUser=\"100\"}}' and winrm set winrm/config/winrs"
        " '@{{MaxProcessesPerShell=\"25\"}}'. The password is fine.",
    ),
    "unreachable_load": (
        "too many requests for WinRM: {host_says}",
        "fewer requests at a time",
        "Wait a minute and run again with a lower --forks. The password is fine.",
    ),
    "unreachable_memory": (
        "too little memory for WinRM: {host_says}",
        "memory for a shell",
        "Raise MaxMemoryPerShellMB (docs/server.md), and check the host's free memory. The password is fine.",
    ),
    "unreachable_busy": (
        "a WinRM resource that is in use: {host_says}",
        "a WinRM service that is ready",
        "WinRM is still busy with an earlier request, or just starting. Wait a minute and run again; if it remains"
        " so, restart the service WinRM on the host. The password is fine.",
    ),
    "unreachable_shell_gone": (
        "a WinRM shell that has gone: {host_says}",
        "a shell that stays until the run has ended",
        "The service WinRM or the server has restarted, or the shell exceeded MaxMemoryPerShellMB or was closed on the"
        " host. Check its System event log, and run again.",
    ),
    "unreachable_unencrypted": (
        "no WinRM connection, since the host refuses requests that are not encrypted: {host_says}",
        "encrypted messages (AllowUnencrypted is false by default, and should remain so)",
        "Over http set ansible_winrm_transport: ntlm, and leave ansible_winrm_message_encryption out (or always):"
        " Basic over http, and never, send clear text. The password is fine.",
    ),
    "unreachable_encryption": (
        "no WinRM connection, since the transport {transport} encrypts no messages: {host_says}",
        "ansible_winrm_message_encryption: always with ntlm, kerberos or credssp only",
        "Set ansible_winrm_transport: ntlm; over https leave ansible_winrm_message_encryption out.",
    ),
    "unreachable_option": (
        "no WinRM connection, since an option of it is invalid: {host_says}",
        "a valid value",
        "Correct ansible_port, or the ansible_winrm_ variable of that name. Nothing was sent.",
    ),
    "unreachable_timeouts": (
        "no WinRM connection with these timeouts: {host_says}",
        "a read timeout longer than the operation timeout",
        "Set ansible_winrm_read_timeout_sec higher than ansible_winrm_operation_timeout_sec (30 and 20 without them),"
        " or leave both out. Nothing was sent.",
    ),
    "unreachable_client_certificate": (
        "no WinRM connection without the client's certificate: {host_says}",
        "files of a certificate and its key on the controller",
        "Set ansible_winrm_cert_pem and ansible_winrm_cert_key_pem to existing files; or ansible_winrm_transport:"
        " ntlm.",
    ),
    "unreachable_proxy": (
        "no WinRM connection by way of a proxy: {host_says}",
        "a direct connection",
        "A proxy ({proxy}) stands between the controller and the host. Set ansible_winrm_proxy: with nothing"
        " behind it, which disables the environment's http_proxy and https_proxy, or add the host to no_proxy.",
    ),
    "unreachable_certificate": (
        "no WinRM connection, since the host's certificate is not trusted: {host_says}",
        "a certificate of an authority that the controller knows",
        "Set ansible_winrm_ca_trust_path to a file with the certificate (a self-signed one) or with that of its"
        " authority. Or use http with ansible_winrm_transport: ntlm on port 5985, which needs none.",
    ),
    "unreachable_certificate_file": (
        "no WinRM connection without the file of trusted certificates: {host_says}",
        "a file on the controller",
        "Correct ansible_winrm_ca_trust_path (or REQUESTS_CA_BUNDLE of the environment).",
    ),
    "unreachable_certificate_name": (
        "no WinRM connection, since the certificate is for another name: {host_says}",
        "the name in the certificate",
        "Set ansible_host to a name that the certificate is issued for (its subjectAltName; a CN alone is not"
        " accepted), or give the listener a certificate for {host}.",
    ),
    "unreachable_certificate_date": (
        "no WinRM connection, since the certificate is not valid now: {host_says}",
        "a certificate that has begun and not expired",
        "Renew the certificate of the host's https listener, and check the controller's clock.",
    ),
    "unreachable_certificate_weak": (
        "no WinRM connection, since the host's certificate is not acceptable: {host_says}",
        "a certificate that current clients accept",
        "Give the host's https listener a new certificate: RSA of 2048 bits or more, SHA-256, issued by an authority."
        " Or use http with ansible_winrm_transport: ntlm on port 5985, which needs none.",
    ),
    "unreachable_tls_version": (
        "no WinRM connection, since host and controller have no version or cipher of TLS in common: {host_says}",
        "TLS 1.2",
        "An unmodified SBS 2011 offers TLS 1.0 only, which current controllers refuse. Use http with"
        " ansible_winrm_transport: ntlm on port 5985 (encrypted by the login), or enable TLS 1.2 on the server.",
    ),
    "unreachable_no_tls": (
        "no TLS on port {port}: {host_says}",
        "WinRM's https listener, port 5986",
        "Set ansible_winrm_scheme: http for port 5985, or ansible_port: 5986 for https.",
    ),
    "unreachable_tls_cut": (
        "no WinRM connection, since it was closed while TLS began: {host_says}",
        "an https listener with TLS 1.2",
        "Either port {port} is WinRM's http one (ansible_winrm_scheme: http belongs to 5985), or the host has no TLS"
        " 1.2, as an unmodified SBS 2011: use http with ansible_winrm_transport: ntlm.",
    ),
    "unreachable_path": (
        "no WinRM at {path} on port {port}: {host_says}",
        "WinRM at /wsman on port 5985 (http) or 5986 (https)",
        "Leave ansible_winrm_path out, and check ansible_port: on 80 and 443 IIS answers. If both are right, run"
        " winrm quickconfig on the host. The password was not checked.",
    ),
    "unreachable_not_winrm": (
        "something other than WinRM on port {port}: {host_says}",
        "WinRM on port 5985 (http) or 5986 (https)",
        "Check ansible_host, ansible_port and ansible_winrm_scheme: a web server, a proxy or another service has"
        " answered. The password was not checked.",
    ),
    "unreachable_forbidden": (
        "no WinRM connection, since the host forbids it: {host_says}",
        "a host that allows WinRM from this controller",
        "Check ansible_port (on 80 and 443 IIS answers) and the listener's IPv4Filter (winrm get"
        " winrm/config/service). The password was not checked.",
    ),
    "unreachable_server": (
        "no WinRM connection, since what answers on port {port} is not ready: {host_says}",
        "the service WinRM",
        "Check that the service WinRM runs on the host (it may just be starting), and that no proxy or gateway answers"
        " in its place. The password was not checked.",
    ),
    "unreachable_too_large": (
        "a request that is too large for WinRM: {host_says}",
        "MaxEnvelopeSizekb of 150 or more",
        "Run on the host: winrm set winrm/config '@{{MaxEnvelopeSizekb=\"500\"}}'. The password is fine.",
    ),
    "unreachable_name": (
        "no WinRM connection, since the name {host} does not resolve: {host_says}",
        "a name or an address of the host",
        "Correct ansible_host (without it the inventory's name is taken), or the controller's DNS.",
    ),
    "unreachable_refused": (
        "no WinRM connection, since port {port} is closed: {host_says}",
        "WinRM on port 5985 (http) or 5986 (https)",
        "Check ansible_host, ansible_port, and on the host that WinRM is enabled: winrm quickconfig, winrm enumerate"
        " winrm/config/listener. While a server restarts this passes. The password was not sent.",
    ),
    "unreachable_route": (
        "no way to the host: {host_says}",
        "a host that the controller reaches",
        "Check ansible_host, that the server is on, and the network between (VPN, route, firewall). The password was"
        " not sent.",
    ),
    "unreachable_connect_timeout": (
        "no answer from port {port}: {host_says}",
        "a host that answers within ansible_winrm_read_timeout_sec",
        "Check ansible_host, that the server is on, and that no firewall (the server's own, too) drops port {port}."
        " The password was not sent.",
    ),
    "unreachable_create_timeout": (
        "no answer to the request for a shell: {host_says}",
        "a shell within the timeout",
        "The host may have opened it all the same: then it occupies one of the account's five until it has been idle"
        " for three minutes (about {until}). Check whether the server is overloaded; raise"
        " ansible_winrm_operation_timeout_sec (60 at most) and, higher, ansible_winrm_read_timeout_sec.",
    ),
    "unreachable_read_timeout": (
        "no answer within the read timeout: {host_says}",
        "an answer, or word that there is none yet",
        "Set ansible_winrm_read_timeout_sec well above ansible_winrm_operation_timeout_sec, or check whether the server"
        " is overloaded or gone.",
    ),
    "unreachable_cut": (
        "no WinRM connection, since it was closed without an answer: {host_says}",
        "WinRM on port 5985 (http) or 5986 (https)",
        "Check ansible_port and ansible_winrm_scheme (a listener for https closes a connection by http), firewalls"
        " between, and whether the service WinRM is restarting. A shell that the host may have opened all the same"
        " occupies one of the account's five until about {until}.",
    ),
    "unreachable_kerberos_missing": (
        "no Kerberos on the controller: {host_says}",
        "ansible_winrm_transport: ntlm, or the Kerberos library",
        "Set ansible_winrm_transport: ntlm, which needs none. For Kerberos: pip install 'pywinrm[kerberos]' into the"
        " Python that runs Ansible (its build needs libkrb5-dev), and the system's krb5-user.",
    ),
    "unreachable_kinit": (
        "no kinit on the controller: {host_says}",
        "ansible_winrm_transport: ntlm, or kinit",
        "Set ansible_winrm_transport: ntlm, which needs none. For Kerberos install the system's krb5-user, or name the"
        " program in ansible_winrm_kinit_cmd.",
    ),
    "unreachable_kerberos_clock": (
        "no Kerberos ticket, since the clocks differ: {host_says}",
        "clocks within five minutes of each other",
        "Correct the clock of the controller or of the domain controller. The password is fine.",
    ),
    "unreachable_kerberos_ticket": (
        "no Kerberos ticket that is valid: {host_says}",
        "a ticket of this login",
        "Leave ansible_winrm_kinit_mode out (or managed) with ansible_password, so that Ansible gets one; with manual"
        " run kinit before. Or set ansible_winrm_transport: ntlm.",
    ),
    "unreachable_kerberos_encryption": (
        "no Kerberos ticket, since controller and domain have no encryption in common: {host_says}",
        "ansible_winrm_transport: ntlm, or AES for the account",
        "Set ansible_winrm_transport: ntlm. For Kerberos set the account's password anew, which gives it keys of AES"
        " (at a domain level of 2008 or later). The password need not be wrong.",
    ),
    "unreachable_kerberos_realm": (
        "no Kerberos ticket, since no domain controller was found: {host_says}",
        "a realm that the controller knows",
        "Write the realm in capitals (user@FIRMA.LOCAL), and name its KDC in /etc/krb5.conf or by DNS; or set"
        " ansible_winrm_transport: ntlm.",
    ),
    "unreachable_kerberos_name": (
        "no Kerberos ticket for this host: {host_says}",
        "a host name that the domain knows",
        "Set ansible_host to the server's full name in the domain, not to an address (or set"
        " ansible_winrm_kerberos_hostname_override); or set ansible_winrm_transport: ntlm. The password is fine.",
    ),
    "unreachable_kerberos_login": (
        "no Kerberos ticket for this login: {host_says}",
        "a user name and a password that the domain accepts",
        "Check ansible_user (user@FIRMA.LOCAL) and the password.",
    ),
    "unreachable_credssp_missing": (
        "no CredSSP on the controller: {host_says}",
        "ansible_winrm_transport: ntlm, or the library",
        "Set ansible_winrm_transport: ntlm, which is enough. For CredSSP: pip install 'pywinrm[credssp]' into the"
        " Python that runs Ansible.",
    ),
    "unreachable_credssp_off": (
        "no CredSSP on the host: {host_says}",
        "ansible_winrm_transport: ntlm",
        "Set ansible_winrm_transport: ntlm, which is enough: nothing here needs CredSSP, which is switched off by"
        " default. The password need not be wrong.",
    ),
    "unreachable_library_missing": (
        "no WinRM on the controller: {host_says}",
        "pywinrm and its libraries",
        "Run pip install -r requirements.txt for the Python that runs Ansible (ansible --version names it).",
    ),
    "unreachable_fault": (
        "no WinRM shell, since the service refused it: {host_says}",
        "a shell",
        "The login itself was accepted. Look at the host's event log (Applications and Services, Microsoft, Windows,"
        " Windows Remote Management), and whether the same fails there: winrs -r:localhost hostname.",
    ),
    "powershell_blocked": (
        "a PowerShell that a policy does not let start: {ending}",
        "a PowerShell that starts",
        "AppLocker or a software restriction policy blocks it: allow powershell.exe for the account that logs in. The"
        " host's event log names the rule (AppLocker, or Application: SoftwareRestrictionPolicies).",
    ),
    "powershell_infected": (
        "a PowerShell that an antivirus stops: {ending}",
        "a PowerShell that starts",
        "Look into the log of the antivirus on the host, and exempt powershell.exe with -EncodedCommand for the account"
        " that logs in.",
    ),
    "powershell_denied": (
        "a PowerShell that was denied access as it started: {ending}",
        "a PowerShell that starts",
        "An antivirus stops it, or permissions of powershell.exe or of a file that it loads were changed. Look into the"
        " antivirus's log and the event log, and start powershell.exe on the host as the account that logs in.",
    ),
    "powershell_no_room": (
        "a PowerShell for which there is no memory: {ending}",
        "a PowerShell that starts",
        "Raise MaxMemoryPerShellMB (docs/server.md), and check the host's free memory, its page file"
        " and how many processes run there; restart it if necessary.",
    ),
    "powershell_damaged": (
        "a PowerShell that cannot load its files: {ending}",
        "a PowerShell that starts",
        "Start powershell.exe on the host. If it fails there, too: sfc /scannow, and the feature NET Framework 3.5.1;"
        " an antivirus that loads itself into each process can be the cause as well.",
    ),
    "powershell_missing": (
        "no PowerShell where the host looks for it: {ending}",
        "powershell.exe in the PATH",
        r"Add %SystemRoot%\System32\WindowsPowerShell\v1.0 to the host's PATH again, and restart the service WinRM.",
    ),
    "powershell_constrained": (
        "a PowerShell in constrained language mode: {ending}",
        "the full language",
        "AppLocker, a device guard policy or __PSLockdownPolicy restricts it: exempt the account that logs in.",
    ),
    "powershell_ended": (
        "a PowerShell that was ended from outside: {ending}",
        "a PowerShell that runs to its end",
        "Somebody or something on the host (an antivirus, a watchdog, a shutdown) has ended it. Check its event log,"
        " and run again.",
    ),
    "powershell_not_started": (
        "a PowerShell that ended before it had taken its input: {ending}",
        "a PowerShell that starts",
        "Start powershell.exe on the host as the account that logs in: what hinders it is shown there, or stands in the"
        " event log or in that of an antivirus.",
    ),
    "process_ended": (
        "{what} without an answer: {host_says}",
        "an answer",
        "{outcome} Run again then: it continues from there.",
    ),
}

NOTICES: dict[str, str] = {
    "ending": "exit code {code}; its output begins {beginning}",
    "ending_errors": "; its errors begin {beginning}",
    "environment_ignored": "environment: is ignored here: WinRM hands no variables of it to the host ({names}).",
    "become_ignored": "ansible_become: true is ignored here: the task runs as the account that logs in. Set"
    " ansible_become: false for this host's group to be rid of this notice.",
    "proxy_unnamed": "which the environment does not name",
    "transport_left_out": "{transport} (ansible_winrm_transport is left out, so Ansible chooses it)",
}
