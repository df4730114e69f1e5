"""WS-Management shells without a transport: one envelope in, HTTP status and one envelope out.

Knows the protocol of WinRM 2.0 (MS-WSMV, DSP0226) as far as pywinrm, Ansible and pypsrp's WinRS client use it.
"""
