"""Error texts of receive connectors, permissions and the recipient filter, in English and German.

``receive_fqdn`` and the first sentence of ``receive_conflict`` are seen in print, as are the warnings on access control
entries (of other cmdlets that change permissions); all the others, and every German form, are assumed.
"""

from __future__ import annotations

from typing import Final

RECEIVE_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "receive_conflict": (
        "The values that you specified for the Bindings and RemoteIPRanges parameters conflict with the settings on "
        'Receive connector "{connector}".',
        "Die für die Parameter Bindings und RemoteIPRanges angegebenen Werte stehen in Konflikt mit den Einstellungen "
        'des Empfangsconnectors "{connector}".',
    ),
    "receive_nothing": (
        "The {parameter} parameter of a Receive connector must have at least one value.",
        "Der Parameter {parameter} eines Empfangsconnectors muss mindestens einen Wert haben.",
    ),
    "receive_basic_tls": (
        "The AuthMechanism value BasicAuthRequireTLS can be set only together with BasicAuth and Tls.",
        "Der AuthMechanism-Wert BasicAuthRequireTLS kann nur zusammen mit BasicAuth und Tls festgelegt werden.",
    ),
    "receive_require_tls": (
        "The {parameter} parameter can be set to $true only if the AuthMechanism parameter contains the value Tls.",
        "Der Parameter {parameter} kann nur auf $true festgelegt werden, wenn der Parameter AuthMechanism den Wert Tls "
        "enthält.",
    ),
    "receive_external_mechanisms": (
        "The AuthMechanism value ExternalAuthoritative can be set only alone or together with Tls.",
        "Der AuthMechanism-Wert ExternalAuthoritative kann nur allein oder zusammen mit Tls festgelegt werden.",
    ),
    "receive_external_groups": (
        "You must set the value for the PermissionGroups parameter to ExchangeServers when you set the AuthMechanism "
        "parameter to a value of ExternalAuthoritative.",
        "Der Wert für den Parameter PermissionGroups muss ExchangeServers sein, wenn der Parameter AuthMechanism auf "
        "den Wert ExternalAuthoritative festgelegt wird.",
    ),
    "receive_banner": (
        "The SMTP banner must begin with 220 and consist of printable ASCII characters: {banner}",
        "Das SMTP-Banner muss mit 220 beginnen und aus druckbaren ASCII-Zeichen bestehen: {banner}",
    ),
    "receive_fqdn": (
        "If the AuthMechanism attribute on a Receive connector contains the value ExchangeServer, you must set the "
        "FQDN parameter on the Receive connector to one of the following values: the FQDN of the transport server "
        '"{fqdn}", the NetBIOS name of the transport server "{netbios}", or $null.',
        "Wenn das AuthMechanism-Attribut eines Empfangsconnectors den Wert ExchangeServer enthält, muss der Parameter "
        "FQDN des Empfangsconnectors auf einen der folgenden Werte festgelegt werden: den FQDN des Transportservers "
        '"{fqdn}", den NetBIOS-Namen des Transportservers "{netbios}" oder $null.',
    ),
    "receive_timeouts": (
        "The value of the ConnectionTimeout parameter must be greater than the value of the "
        "ConnectionInactivityTimeout parameter.",
        "Der Wert des Parameters ConnectionTimeout muss größer als der Wert des Parameters ConnectionInactivityTimeout "
        "sein.",
    ),
    "receive_custom": (
        "The PermissionGroups value Custom can't be set. Use the Add-ADPermission cmdlet.",
        "Der PermissionGroups-Wert Custom kann nicht festgelegt werden. Verwenden Sie das Cmdlet Add-ADPermission.",
    ),
    "receive_server_not_found": (
        "The server '{server}' couldn't be found, or it doesn't have a transport server role.",
        'Der Server "{server}" wurde nicht gefunden, oder auf ihm ist keine Transportserverrolle installiert.',
    ),
    "ace_user_not_found": (
        "User or group \"{user}\" wasn't found. Please make sure you've typed it correctly.",
        'Der Benutzer oder die Gruppe "{user}" wurde nicht gefunden. Stellen Sie sicher, dass die Eingabe richtig ist.',
    ),
    "ace_right_not_found": (
        'The extended right "{right}" wasn\'t found.',
        'Das erweiterte Recht "{right}" wurde nicht gefunden.',
    ),
    "ace_no_right": (
        "You must specify the AccessRights parameter or the ExtendedRights parameter.",
        "Sie müssen den Parameter AccessRights oder den Parameter ExtendedRights angeben.",
    ),
    "ace_present": (
        'The appropriate access control entry is already present on the object "{object}" for account "{user}".',
        'Der entsprechende Zugriffssteuerungseintrag ist für das Objekt "{object}" und das Konto "{user}" bereits '
        "vorhanden.",
    ),
    "ace_missing": (
        'Can\'t remove the access control entry on the object "{object}" for account "{user}" because the ACE doesn\'t '
        "exist on the object.",
        'Der Zugriffssteuerungseintrag des Objekts "{object}" für das Konto "{user}" kann nicht entfernt werden, da er '
        "für das Objekt nicht vorhanden ist.",
    ),
    "ace_inherited": (
        "An inherited access control entry has been specified: [Rights: {right}, ControlType: {control}] and was "
        'ignored on object "{object}".',
        "Ein geerbter Zugriffssteuerungseintrag wurde angegeben: [Rechte: {right}, Steuerungstyp: {control}] und für "
        'das Objekt "{object}" ignoriert.',
    ),
}
