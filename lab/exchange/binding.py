"""PowerShell's parameter binder over Microsoft's contract: refuses what a host would refuse before it acts."""

from __future__ import annotations

from collections.abc import Mapping

from lab.exchange import contract, errors
from lab.exchange.contract import Cmdlet, Parameter, ParameterSet
from lab.exchange.conversion import ConversionError, RangeError, convert
from lab.exchange.errors import CmdletError
from lab.exchange.texts import Language, Text, text

# What every cmdlet of PowerShell 2.0 takes beside its own parameters; it changes nothing in what the cmdlet does.
_COMMON = {
    "debug",
    "erroraction",
    "errorvariable",
    "outbuffer",
    "outvariable",
    "verbose",
    "warningaction",
    "warningvariable",
}
_NULL = "ParameterArgumentValidationErrorNullNotAllowed"
_EMPTY_STRING = "ParameterArgumentValidationErrorEmptyStringNotAllowed"
_EMPTY_ARRAY = "ParameterArgumentValidationErrorEmptyArrayNotAllowed"


def bind(command: str, parameters: Mapping[str, object], language: Language = "en") -> dict[str, object]:
    """The typed parameters of a call under their proper names.

    Full names and aliases only: PowerShell's completion of abbreviated names is left out on purpose. Raises
    CmdletError as PowerShell's binder would: an unknown command, a parameter unknown to Exchange 2010 or
    given twice, a value that its type does not take, no parameter set that fits, a mandatory one missing;
    and a DataValidationException for a value outside its documented range.
    """
    cmdlet = contract.find(command)
    if cmdlet is None:
        missing = text("not_a_command", command=command).render(language)
        raise CmdletError(missing, errors.NOT_A_COMMAND, "ObjectNotFound", "CommandNotFoundException")
    return bind_to(cmdlet, parameters, language)


def bind_to(cmdlet: Cmdlet, parameters: Mapping[str, object], language: Language = "en") -> dict[str, object]:
    """The same for a command that is at hand, of Exchange or not."""
    return _Binding(cmdlet, language).bind(parameters)


class _Binding:
    """One call of one cmdlet."""

    def __init__(self, cmdlet: Cmdlet, language: Language) -> None:
        self._cmdlet = cmdlet
        self._language = language

    def bind(self, parameters: Mapping[str, object]) -> dict[str, object]:
        named = self._name(parameters)
        chosen = self._choose_set(set(named))
        mandatory = set(chosen.mandatory)
        bound = {name: self._convert(parameter, value, name in mandatory) for name, (parameter, value) in named.items()}
        missing = [name for name in chosen.mandatory if name not in bound]
        if missing:
            raise self._error(
                text("binder_missing", parameters=" ".join(missing)), errors.BINDING, "MissingMandatoryParameter"
            )
        return bound

    def _name(self, parameters: Mapping[str, object]) -> dict[str, tuple[Parameter, object]]:
        named: dict[str, tuple[Parameter, object]] = {}
        for given, value in parameters.items():
            if given.lower() in _COMMON:
                continue
            parameter = self._cmdlet.parameter(given)
            if parameter is None:
                raise self._error(text("binder_unknown", parameter=given), errors.BINDING, "NamedParameterNotFound")
            if parameter.name in named:
                twice = text("binder_twice", parameter=parameter.name)
                raise self._error(twice, errors.BINDING, "ParameterAlreadyBound")
            named[parameter.name] = (parameter, value)
        return named

    def _choose_set(self, given: set[str]) -> ParameterSet:
        """The set that takes all given names: a complete one, else the default one, else the only one."""
        fitting = [entry for entry in self._cmdlet.sets if given <= set(entry.parameters)]
        default = self._cmdlet.default_set
        fitting.sort(key=lambda entry: (not given >= set(entry.mandatory), entry.name != default))
        chosen = next(iter(fitting), None)
        told = chosen and (len(fitting) == 1 or given >= set(chosen.mandatory) or chosen.name == default)
        if chosen is None or not told:
            raise self._error(text("binder_set"), errors.BINDING, "AmbiguousParameterSet")
        return chosen

    def _convert(self, parameter: Parameter, value: object, mandatory: bool) -> object:
        if mandatory:
            self._refuse_empty(parameter, value)
        try:
            return convert(parameter, value)
        except ConversionError as error:
            reason = text("binder_transformation", parameter=parameter.name, reason=error.reason)
            raise self._error(
                reason, errors.TRANSFORMATION, "ParameterArgumentTransformationError", "InvalidData"
            ) from None
        except RangeError as error:
            raise self._error(error.reason, errors.DATA_VALIDATION, "OutOfRange", "InvalidData") from None

    def _refuse_empty(self, parameter: Parameter, value: object) -> None:
        """A mandatory parameter takes neither $null nor an empty value."""
        key, error_id = {"": ("binder_empty_string", _EMPTY_STRING), None: ("binder_null", _NULL)}.get(
            value if value is None or isinstance(value, str) else "-", ("", "")
        )
        if value is None and parameter.type == "String":
            key, error_id = "binder_empty_string", _EMPTY_STRING  # $null becomes "" before it is judged
        if isinstance(value, list) and not value:
            key, error_id = "binder_empty_list", _EMPTY_ARRAY
        if key:
            raise self._error(text(key, parameter=parameter.name), errors.VALIDATION, error_id, "InvalidData")

    def _error(self, message: Text, type: str, error_id: str, category: str = "InvalidArgument") -> CmdletError:
        return CmdletError(message.render(self._language), type, category, f"{error_id},{self._cmdlet.name}")
