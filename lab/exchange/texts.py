"""Every error text of the simulated host, in English and German.

The texts of PowerShell's binder (``binder_*``, ``not_a_command``, ``non_interactive``) follow PowerShell's
English ones. Of Exchange's own, ``object_not_found``, ``object_ambiguous`` and ``object_exists`` are words
that are widely seen in print; all the others, and every German form, are **ours in Microsoft's manner**: no
public page has them. So nothing may rely on their wording; they only have to look like a host's.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from lab.exchange.address_texts import ADDRESS_TEXTS
from lab.exchange.receive_texts import RECEIVE_TEXTS

Language = Literal["en", "de"]

_TEXTS: dict[str, tuple[str, str]] = {
    "not_a_command": (
        "The term '{command}' is not recognized as the name of a cmdlet, function, script file, or operable program. "
        "Check the spelling of the name, or if a path was included, verify that the path is correct and try again.",
        'Die Benennung "{command}" wurde nicht als Name eines Cmdlet, einer Funktion, einer Skriptdatei oder eines '
        "ausführbaren Programms erkannt. Überprüfen Sie die Schreibweise des Namens, oder ob der Pfad korrekt ist "
        "(sofern enthalten), und wiederholen Sie den Vorgang.",
    ),
    "non_interactive": (
        "Windows PowerShell is in NonInteractive mode. Read and Prompt functionality is not available.",
        "Windows PowerShell befindet sich im nicht interaktiven Modus. Lese- und Eingabeaufforderungsfunktionen sind "
        "nicht verfügbar.",
    ),
    "binder_unknown": (
        "A parameter cannot be found that matches parameter name '{parameter}'.",
        'Es wurde kein Parameter gefunden, der dem Parameternamen "{parameter}" entspricht.',
    ),
    "binder_twice": (
        "Cannot bind parameter because parameter '{parameter}' is specified more than once.",
        'Der Parameter kann nicht gebunden werden, da der Parameter "{parameter}" mehrmals angegeben wurde.',
    ),
    "binder_missing": (
        "Cannot process command because of one or more missing mandatory parameters: {parameters}.",
        "Der Befehl kann nicht verarbeitet werden, da mindestens ein obligatorischer Parameter fehlt: {parameters}.",
    ),
    "binder_set": (
        "Parameter set cannot be resolved using the specified named parameters.",
        "Der Parametersatz kann mit den angegebenen benannten Parametern nicht aufgelöst werden.",
    ),
    "binder_null": (
        "Cannot bind argument to parameter '{parameter}' because it is null.",
        'Das Argument kann nicht an den Parameter "{parameter}" gebunden werden, da es NULL ist.',
    ),
    "binder_empty_string": (
        "Cannot bind argument to parameter '{parameter}' because it is an empty string.",
        'Das Argument kann nicht an den Parameter "{parameter}" gebunden werden, da es sich um eine leere '
        "Zeichenfolge handelt.",
    ),
    "binder_empty_list": (
        "Cannot bind argument to parameter '{parameter}' because it is an empty array.",
        'Das Argument kann nicht an den Parameter "{parameter}" gebunden werden, da es sich um ein leeres Array '
        "handelt.",
    ),
    "binder_transformation": (
        "Cannot process argument transformation on parameter '{parameter}'. {reason}",
        'Die Argumenttransformation für den Parameter "{parameter}" kann nicht verarbeitet werden. {reason}',
    ),
    "convert_boolean": (
        'Cannot convert value "{value}" to type "{type}". Boolean parameters accept only Boolean values and numbers, '
        "such as $True, $False, 1 or 0.",
        'Der Wert "{value}" kann nicht in den Typ "{type}" konvertiert werden. Boolesche Parameter akzeptieren nur '
        "boolesche Werte und Zahlen wie $True, $False, 1 oder 0.",
    ),
    "convert_number": (
        'Cannot convert value "{value}" to type "{type}". Error: "Input string was not in a correct format."',
        'Der Wert "{value}" kann nicht in den Typ "{type}" konvertiert werden. Fehler: "Die Eingabezeichenfolge hat '
        'das falsche Format."',
    ),
    "convert_number_size": (
        'Cannot convert value "{value}" to type "{type}". Error: "Value was either too large or too small for an '
        'Int32."',
        'Der Wert "{value}" kann nicht in den Typ "{type}" konvertiert werden. Fehler: "Der Wert für einen Int32 war '
        'zu groß oder zu klein."',
    ),
    "convert_enumeration": (
        'Cannot convert value "{value}" to type "{type}" due to invalid enumeration values. Specify one of the '
        'following enumeration values and try again. The possible enumeration values are "{accepted}".',
        'Der Wert "{value}" kann aufgrund ungültiger Enumerationswerte nicht in den Typ "{type}" konvertiert werden. '
        "Geben Sie einen der folgenden Enumerationswerte an, und wiederholen Sie den Vorgang. Mögliche "
        'Enumerationswerte sind "{accepted}".',
    ),
    "convert": (
        'Cannot convert value "{value}" to type "{type}".',
        'Der Wert "{value}" kann nicht in den Typ "{type}" konvertiert werden.',
    ),
    "convert_address_space": (
        'Cannot convert value "{value}" to type "{type}". Error: "The address space is not valid. Specify it as '
        'Type:Space;Cost, with a cost from 1 through 100, for example SMTP:contoso.com;1."',
        'Der Wert "{value}" kann nicht in den Typ "{type}" konvertiert werden. Fehler: "Der Adressraum ist ungültig. '
        'Geben Sie ihn als Typ:Raum;Kosten an, mit Kosten von 1 bis 100, zum Beispiel SMTP:contoso.com;1."',
    ),
    "convert_smart_host": (
        'Cannot convert value "{value}" to type "{type}". Error: "The smart host is neither a fully qualified domain '
        'name nor an IP address."',
        'Der Wert "{value}" kann nicht in den Typ "{type}" konvertiert werden. Fehler: "Der Smarthost ist weder ein '
        'vollqualifizierter Domänenname noch eine IP-Adresse."',
    ),
    "convert_twice": (
        'The value "{value}" is already present in the collection.',
        'Der Wert "{value}" ist bereits in der Auflistung vorhanden.',
    ),
    "out_of_range": (
        "The value '{value}' of the property {property} isn't within the valid range. It must be from {lowest} "
        "through {highest}.",
        'Der Wert "{value}" der Eigenschaft {property} liegt außerhalb des gültigen Bereichs. Er muss zwischen '
        "{lowest} und {highest} liegen.",
    ),
    "object_not_found": (
        "The operation couldn't be performed because object '{identity}' couldn't be found on '{controller}'.",
        'Der Vorgang konnte nicht ausgeführt werden, weil das Objekt "{identity}" auf "{controller}" nicht gefunden '
        "wurde.",
    ),
    "object_ambiguous": (
        "The operation couldn't be performed because '{identity}' matches multiple entries.",
        'Der Vorgang konnte nicht ausgeführt werden, weil "{identity}" mit mehreren Einträgen übereinstimmt.',
    ),
    "object_exists": (
        "Active Directory operation failed on {controller}. The object '{dn}' already exists.",
        'Fehler beim Active Directory-Vorgang auf {controller}. Das Objekt "{dn}" ist bereits vorhanden.',
    ),
    "server_not_found": (
        "The source transport server '{server}' couldn't be found, or it doesn't have the Hub Transport server role.",
        'Der Quelltransportserver "{server}" wurde nicht gefunden, oder auf ihm ist die Serverrolle Hub-Transport '
        "nicht installiert.",
    ),
    "no_source_server": (
        "At least one source transport server must be specified for a Send connector.",
        "Für einen Sendeconnector muss mindestens ein Quelltransportserver angegeben werden.",
    ),
    "receive_connector_not_found": (
        "The Receive connector '{identity}' couldn't be found.",
        'Der Empfangsconnector "{identity}" wurde nicht gefunden.',
    ),
    "usage_twice": (
        "Only one usage type can be specified for a Send connector: {given}.",
        "Für einen Sendeconnector kann nur ein Verwendungstyp angegeben werden: {given}.",
    ),
    "smart_hosts_with_dns": (
        "If the SmartHosts parameter is specified, the DNSRoutingEnabled parameter must be set to $false on the same "
        "command line.",
        "Wenn der Parameter SmartHosts angegeben wird, muss der Parameter DNSRoutingEnabled in derselben Befehlszeile "
        "auf $false festgelegt werden.",
    ),
    "smart_hosts_missing": (
        "A value must be set on the SmartHosts parameter if the DNSRoutingEnabled parameter is set to $false.",
        "Wenn der Parameter DNSRoutingEnabled auf $false festgelegt ist, muss ein Wert für den Parameter SmartHosts "
        "festgelegt werden.",
    ),
    "credential_missing": (
        "The AuthenticationCredential parameter must be specified if the SmartHostAuthMechanism parameter is set to "
        "{mechanism}.",
        "Der Parameter AuthenticationCredential muss angegeben werden, wenn der Parameter SmartHostAuthMechanism auf "
        "{mechanism} festgelegt ist.",
    ),
    "require_tls_ignored": (
        "The IgnoreSTARTTLS parameter must be set to $false if the RequireTLS parameter is set to $true.",
        "Der Parameter IgnoreSTARTTLS muss auf $false festgelegt sein, wenn der Parameter RequireTLS auf $true "
        "festgelegt ist.",
    ),
    "tls_auth_level_ignored": (
        "The TlsAuthLevel parameter can't be specified if the IgnoreSTARTTLS parameter is set to $true.",
        "Der Parameter TlsAuthLevel kann nicht angegeben werden, wenn der Parameter IgnoreSTARTTLS auf $true "
        "festgelegt ist.",
    ),
    "tls_auth_level_without_tls": (
        "The TlsAuthLevel parameter can't be specified if the RequireTLS parameter is set to $false.",
        "Der Parameter TlsAuthLevel kann nicht angegeben werden, wenn der Parameter RequireTLS auf $false "
        "festgelegt ist.",
    ),
    "tls_domain_missing": (
        "A value for the TlsDomain parameter is required if the TlsAuthLevel parameter is set to DomainValidation and "
        "the DNSRoutingEnabled parameter is set to $false.",
        "Ein Wert für den Parameter TlsDomain ist erforderlich, wenn der Parameter TlsAuthLevel auf DomainValidation "
        "und der Parameter DNSRoutingEnabled auf $false festgelegt ist.",
    ),
    "tls_domain_unused": (
        "The TlsDomain parameter can be specified only if the TlsAuthLevel parameter is set to DomainValidation.",
        "Der Parameter TlsDomain kann nur angegeben werden, wenn der Parameter TlsAuthLevel auf DomainValidation "
        "festgelegt ist.",
    ),
    "domain_secure_without_dns": (
        "The DNSRoutingEnabled parameter must be set to $true if the DomainSecureEnabled parameter is set to $true.",
        "Der Parameter DNSRoutingEnabled muss auf $true festgelegt sein, wenn der Parameter DomainSecureEnabled auf "
        "$true festgelegt ist.",
    ),
    "domain_secure_ignored": (
        "The IgnoreSTARTTLS parameter must be set to $false if the DomainSecureEnabled parameter is set to $true.",
        "Der Parameter IgnoreSTARTTLS muss auf $false festgelegt sein, wenn der Parameter DomainSecureEnabled auf "
        "$true festgelegt ist.",
    ),
    "foreign_space_without_smart_host": (
        "The address space '{space}' isn't an SMTP address space. It requires a value on the SmartHosts parameter and "
        "the DNSRoutingEnabled parameter set to $false.",
        'Der Adressraum "{space}" ist kein SMTP-Adressraum. Er erfordert einen Wert für den Parameter SmartHosts und '
        "den Wert $false für den Parameter DNSRoutingEnabled.",
    ),
    "address_spaces_missing": (
        "The AddressSpaces parameter must be specified unless the Send connector is linked to a Receive connector.",
        "Der Parameter AddressSpaces muss angegeben werden, es sei denn, der Sendeconnector ist mit einem "
        "Empfangsconnector verknüpft.",
    ),
    "linked_with_spaces": (
        "The AddressSpaces parameter must be $null if the LinkedReceiveConnector parameter is specified.",
        "Der Parameter AddressSpaces muss $null sein, wenn der Parameter LinkedReceiveConnector angegeben wird.",
    ),
    "linked_with_limit": (
        "The MaxMessageSize parameter must be unlimited if the LinkedReceiveConnector parameter is specified.",
        "Der Parameter MaxMessageSize muss unlimited sein, wenn der Parameter LinkedReceiveConnector angegeben wird.",
    ),
    "per_domain_above_outbound": (
        "The value of the MaxPerDomainOutboundConnections parameter ({per_domain}) must be less than or equal to the "
        "value of the MaxOutboundConnections parameter ({outbound}).",
        "Der Wert des Parameters MaxPerDomainOutboundConnections ({per_domain}) muss kleiner oder gleich dem Wert des "
        "Parameters MaxOutboundConnections ({outbound}) sein.",
    ),
    "log_file_above_directory": (
        "The value of the {log}MaxFileSize parameter ({file}) must be less than or equal to the value of the "
        "{log}MaxDirectorySize parameter ({directory}).",
        "Der Wert des Parameters {log}MaxFileSize ({file}) muss kleiner oder gleich dem Wert des Parameters "
        "{log}MaxDirectorySize ({directory}) sein.",
    ),
    "more_results": (
        "There are more results available than are currently displayed. To view them, increase the value for the "
        "ResultSize parameter.",
        "Es sind weitere Ergebnisse verfügbar, als derzeit angezeigt werden. Erhöhen Sie den Wert für den Parameter "
        "ResultSize, um sie anzuzeigen.",
    ),
    "queue_not_found": (
        "The queue '{identity}' couldn't be found.",
        'Die Warteschlange "{identity}" wurde nicht gefunden.',
    ),
    "queue_not_in_retry": (
        "The queue '{identity}' isn't in the Retry status.",
        'Die Warteschlange "{identity}" hat nicht den Status Wiederholen.',
    ),
    "message_not_found": (
        "The message '{identity}' couldn't be found in any queue.",
        'Die Nachricht "{identity}" wurde in keiner Warteschlange gefunden.',
    ),
    "filter_unreadable": (
        "The filter isn't valid at '{part}'. The lab knows Property -operator 'Value', joined by -and.",
        "Der Filter ist bei \"{part}\" ungültig. Das Labor kennt Eigenschaft -Operator 'Wert', verbunden mit -and.",
    ),
    "parameter_not_simulated": (
        "The lab does not simulate the parameter {parameter}.",
        "Das Labor simuliert den Parameter {parameter} nicht.",
    ),
    "ordered_failure": (
        "The lab was told to let this command fail.",
        "Das Labor wurde angewiesen, diesen Befehl fehlschlagen zu lassen.",
    ),
    "endpoint_denied": (
        "[{host}] Connecting to remote server failed with the following error message : Access is denied. For more "
        "information, see the about_Remote_Troubleshooting Help topic.",
        "[{host}] Beim Verbinden mit dem Remoteserver ist folgender Fehler aufgetreten: Zugriff verweigert. Weitere "
        'Informationen finden Sie im Hilfethema "about_Remote_Troubleshooting".',
    ),
    **ADDRESS_TEXTS,
    **RECEIVE_TEXTS,
}


class Text(NamedTuple):
    """One text with its fields, still without a language."""

    key: str
    fields: dict[str, object]

    def render(self, language: Language) -> str:
        """The text as a server of this language writes it; a field may itself be a Text."""
        fields = {name: f.render(language) if isinstance(f, Text) else f for name, f in self.fields.items()}
        return _TEXTS[self.key][language == "de"].format(**fields)


def text(key: str, **fields: object) -> Text:
    """A text by its key; KeyError if there is none."""
    if key not in _TEXTS:
        raise KeyError(key)
    return Text(key, fields)
