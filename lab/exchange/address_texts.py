"""The texts of the simulated Exchange on recipients, policies, accepted domains and rewriting, in English and German.

Widely seen in print, and so likely right in English: ``default_result_size``, ``more_results``, ``proxy_in_use``,
``not_a_manager``, ``version_too_old``, ``nothing_modified``, ``address_invalid``, ``service_restart`` and the first two
sentences of ``upgrade_needed``. All the others, and every German form, are **ours in Microsoft's manner**.
"""

from __future__ import annotations

ADDRESS_TEXTS: dict[str, tuple[str, str]] = {
    "default_result_size": (
        "By default, only the first 1000 items are returned. Use the ResultSize parameter to specify the number of "
        'items returned. To return all items, specify "-ResultSize Unlimited". Be aware that, depending on the actual '
        "number of items, returning all items can take a long time and consume a large amount of memory. Also, we "
        "don't recommend storing the results in a variable. Instead, pipe the results to another task or script to "
        "perform batch changes.",
        "Standardmäßig werden nur die ersten 1000 Elemente zurückgegeben. Verwenden Sie den Parameter ResultSize, um "
        'die Anzahl anzugeben. Um alle Elemente zurückzugeben, geben Sie "-ResultSize Unlimited" an. Abhängig von der '
        "Anzahl der Elemente kann dies lange dauern und viel Arbeitsspeicher belegen.",
    ),
    "address_invalid": (
        "The address '{value}' is invalid: \"{value}\" isn't a valid SMTP address. The domain name can't contain "
        "spaces and it has to have a prefix and a suffix, such as example.com.",
        'Die Adresse "{value}" ist ungültig: "{value}" ist keine gültige SMTP-Adresse. Der Domänenname darf keine '
        "Leerzeichen enthalten und muss ein Präfix und ein Suffix haben, z. B. example.com.",
    ),
    "primary_twice": (
        'The address "{value}" can\'t be primary: there are multiple primary addresses of the type SMTP.',
        'Die Adresse "{value}" kann nicht primär sein: Es gibt mehrere primäre Adressen vom Typ SMTP.',
    ),
    "primary_removed": (
        'The primary SMTP address "{value}" can\'t be removed.',
        'Die primäre SMTP-Adresse "{value}" kann nicht entfernt werden.',
    ),
    "template_invalid": (
        'The e-mail address template "{value}" isn\'t valid. Its type must be SMTP.',
        'Die E-Mail-Adressvorlage "{value}" ist ungültig. Ihr Typ muss SMTP sein.',
    ),
    "proxy_in_use": (
        'The proxy address "{address}" is already being used by "{owner}". Please choose another proxy address.',
        'Die Proxyadresse "{address}" wird bereits von "{owner}" verwendet. Wählen Sie eine andere Proxyadresse aus.',
    ),
    "addresses_twice": (
        "The parameters EmailAddresses and PrimarySmtpAddress can't be used in the same command.",
        "Die Parameter EmailAddresses und PrimarySmtpAddress können nicht im selben Befehl verwendet werden.",
    ),
    "primary_by_policy": (
        "The primary SMTP address of '{identity}' can't be changed because its e-mail addresses are updated "
        "automatically based on e-mail address policy. Set the EmailAddressPolicyEnabled parameter to $false first.",
        'Die primäre SMTP-Adresse von "{identity}" kann nicht geändert werden, weil die E-Mail-Adressen automatisch '
        "anhand der E-Mail-Adressrichtlinie aktualisiert werden. Legen Sie zuerst den Parameter "
        "EmailAddressPolicyEnabled auf $false fest.",
    ),
    "primary_missing": (
        "The recipient '{identity}' must have a primary SMTP address.",
        'Der Empfänger "{identity}" muss eine primäre SMTP-Adresse haben.',
    ),
    "alias_missing": (
        "The property Alias of '{identity}' is mandatory and has no value.",
        'Die Eigenschaft Alias von "{identity}" ist erforderlich und hat keinen Wert.',
    ),
    "alias_invalid": (
        "The value '{alias}' of the property Alias contains characters that aren't valid in an alias.",
        'Der Wert "{alias}" der Eigenschaft Alias enthält Zeichen, die in einem Alias ungültig sind.',
    ),
    "not_a_manager": (
        "You don't have sufficient permissions. This operation can only be performed by a manager of the group.",
        "Sie verfügen nicht über ausreichende Berechtigungen. Dieser Vorgang kann nur von einem Manager der Gruppe "
        "ausgeführt werden.",
    ),
    "version_too_old": (
        "Property {property} can't be set on this object because it requires the object to have version {wanted} or "
        "later. The object's current version is {version}.",
        "Die Eigenschaft {property} kann für dieses Objekt nicht festgelegt werden, da das Objekt mindestens die "
        "Version {wanted} aufweisen muss. Die aktuelle Version des Objekts ist {version}.",
    ),
    "upgrade_needed": (
        'To save changes on object "{identity}", the object must be upgraded to the current Exchange version. After '
        "the upgrade, this object cannot be managed by an earlier version of the Exchange System tools. Windows "
        "PowerShell is in NonInteractive mode: use the ForceUpgrade parameter.",
        'Um Änderungen am Objekt "{identity}" zu speichern, muss das Objekt auf die aktuelle Exchange-Version '
        "aktualisiert werden. Danach kann es nicht mehr mit früheren Exchange-System-Tools verwaltet werden. Windows "
        "PowerShell befindet sich im nicht interaktiven Modus: Verwenden Sie den Parameter ForceUpgrade.",
    ),
    "nothing_modified": (
        "The command completed successfully but no settings of '{identity}' have been modified.",
        'Der Befehl wurde erfolgreich abgeschlossen, aber es wurden keine Einstellungen von "{identity}" geändert.',
    ),
    "policy_skips_alias": (
        "The recipient '{identity}' has no alias, so its e-mail addresses weren't updated. Use the FixMissingAlias "
        "parameter.",
        'Der Empfänger "{identity}" hat keinen Alias, daher wurden seine E-Mail-Adressen nicht aktualisiert. Verwenden '
        "Sie den Parameter FixMissingAlias.",
    ),
    "policy_skips_version": (
        "The recipient '{identity}' was created by an earlier version of Exchange, so it wasn't updated.",
        'Der Empfänger "{identity}" wurde mit einer früheren Exchange-Version erstellt und daher nicht aktualisiert.',
    ),
    "template_domain": (
        "The domain '{domain}' of the e-mail address template '{template}' must be an authoritative or internal relay "
        "accepted domain.",
        'Die Domäne "{domain}" der E-Mail-Adressvorlage "{template}" muss eine autorisierende oder interne '
        "Relaydomäne sein, die akzeptiert ist.",
    ),
    "template_primary": (
        "The e-mail address policy '{identity}' must have exactly one primary SMTP address template.",
        'Die E-Mail-Adressrichtlinie "{identity}" muss genau eine primäre SMTP-Adressvorlage haben.',
    ),
    "filter_twice": (
        "The parameters RecipientFilter and IncludedRecipients or Conditional* can't be used in the same command.",
        "Die Parameter RecipientFilter und IncludedRecipients oder Conditional* können nicht im selben Befehl "
        "verwendet werden.",
    ),
    "filter_not_simulated": (
        "The lab does not simulate the filter '{filter}': {part}.",
        'Das Labor simuliert den Filter "{filter}" nicht: {part}.',
    ),
    "priority_out_of_range": (
        "The priority '{priority}' isn't valid. It must be from 1 through {highest}.",
        'Die Priorität "{priority}" ist ungültig. Sie muss zwischen 1 und {highest} liegen.',
    ),
    "default_policy_fixed": (
        "The parameter {parameter} of the default e-mail address policy '{identity}' can't be changed.",
        'Der Parameter {parameter} der Standard-E-Mail-Adressrichtlinie "{identity}" kann nicht geändert werden.',
    ),
    "default_policy_stays": (
        "The default e-mail address policy '{identity}' can't be removed.",
        'Die Standard-E-Mail-Adressrichtlinie "{identity}" kann nicht entfernt werden.',
    ),
    "accepted_domain_exists": (
        "The accepted domain '{domain}' already exists as '{identity}'.",
        'Die akzeptierte Domäne "{domain}" ist bereits als "{identity}" vorhanden.',
    ),
    "default_domain_stays": (
        "The accepted domain '{identity}' is the default domain and can't be removed.",
        'Die akzeptierte Domäne "{identity}" ist die Standarddomäne und kann nicht entfernt werden.',
    ),
    "default_domain_kind": (
        "The accepted domain '{identity}' can't be the default domain because it has a wildcard character or is an "
        "external relay domain.",
        'Die akzeptierte Domäne "{identity}" kann nicht die Standarddomäne sein, da sie ein Platzhalterzeichen enthält '
        "oder eine externe Relaydomäne ist.",
    ),
    "accepted_domain_in_use": (
        "The accepted domain '{identity}' is used by the template '{template}' of the e-mail address policy "
        "'{policy}'.",
        'Die akzeptierte Domäne "{identity}" wird von der Vorlage "{template}" der E-Mail-Adressrichtlinie "{policy}" '
        "verwendet.",
    ),
    "rewrite_address_invalid": (
        "The value '{value}' of the parameter {parameter} is neither an SMTP address nor a domain.",
        'Der Wert "{value}" des Parameters {parameter} ist weder eine SMTP-Adresse noch eine Domäne.',
    ),
    "rewrite_kinds_differ": (
        "InternalAddress '{internal}' and ExternalAddress '{external}' must both be addresses or both be domains.",
        'InternalAddress "{internal}" und ExternalAddress "{external}" müssen beide Adressen oder beide Domänen sein.',
    ),
    "rewrite_wildcard_outside": (
        "ExternalAddress '{external}' can't contain a wildcard character.",
        'ExternalAddress "{external}" darf kein Platzhalterzeichen enthalten.',
    ),
    "rewrite_wildcard_both_ways": (
        "OutboundOnly must be $true because InternalAddress '{internal}' contains a wildcard character.",
        'OutboundOnly muss $true sein, da InternalAddress "{internal}" ein Platzhalterzeichen enthält.',
    ),
    "rewrite_exceptions": (
        "ExceptionList can be used only if InternalAddress contains a wildcard character.",
        "ExceptionList kann nur verwendet werden, wenn InternalAddress ein Platzhalterzeichen enthält.",
    ),
    "rewrite_entry_exists": (
        "The address rewrite entry '{identity}' already rewrites '{internal}'.",
        'Der Eintrag "{identity}" schreibt "{internal}" bereits um.',
    ),
    "agent_not_found": (
        "The transport agent '{identity}' couldn't be found.",
        'Der Transport-Agent "{identity}" wurde nicht gefunden.',
    ),
    "service_restart": (
        "The following service restart is required for the change(s) to take effect : MSExchangeTransport",
        "Der folgende Dienst muss neu gestartet werden, damit die Änderungen wirksam werden: MSExchangeTransport",
    ),
    "event_id_unknown": (
        "The event ID '{value}' isn't valid. The valid event IDs are {known}.",
        'Die Ereignis-ID "{value}" ist ungültig. Gültige Ereignis-IDs sind {known}.',
    ),
}
