"""The one error that a simulated cmdlet ends with, and the types a real host would name."""

from __future__ import annotations

BINDING = "System.Management.Automation.ParameterBindingException"
TRANSFORMATION = "System.Management.Automation.ParameterBindingArgumentTransformationException"
VALIDATION = "System.Management.Automation.ParameterBindingValidationException"
NOT_A_COMMAND = "System.Management.Automation.CommandNotFoundException"
NON_INTERACTIVE = "System.Management.Automation.PSInvalidOperationException"
DATA_VALIDATION = "Microsoft.Exchange.Data.DataValidationException"
OBJECT_NOT_FOUND = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
OBJECT_AMBIGUOUS = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException"
OBJECT_EXISTS = "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException"
PROXY_IN_USE = "Microsoft.Exchange.Configuration.Tasks.ProxyAddressExistsException"
RECIPIENT_TASK = "Microsoft.Exchange.Configuration.Tasks.RecipientTaskException"
OBJECT_TOO_OLD = "Microsoft.Exchange.Data.InvalidObjectOperationException"
LOCALIZED = "Microsoft.Exchange.Data.Common.LocalizedException"


class CmdletError(Exception):
    """A command that failed, as an ErrorRecord of PowerShell shows it.

    ``message`` is in the server's language, ``type`` the full name of the .NET exception, ``category`` an
    ErrorCategory (``InvalidArgument``), ``error_id`` the fully qualified one
    (``NamedParameterNotFound,New-SendConnector``).
    """

    def __init__(self, message: str, type: str, category: str, error_id: str) -> None:
        super().__init__(message)
        self.message = message
        self.type = type
        self.category = category
        self.error_id = error_id
