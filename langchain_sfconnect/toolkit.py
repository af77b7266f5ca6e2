"""A connected account's tools, as LangChain takes them. Knows a Connection and nothing behind it."""

from typing import Any, NoReturn

from langchain_core.tools import BaseTool, BaseToolkit
from pydantic import PrivateAttr

from langchain_sfconnect.connection import Connectable, Connection
from langchain_sfconnect.errors import ConfigurationError
from langchain_sfconnect.tools.base import Binding, SalesforceTool
from langchain_sfconnect.tools.identity import AccountFor
from langchain_sfconnect.tools.policy import UNRESTRICTED, AccessPolicy
from langchain_sfconnect.tools.registry import SPECS


class SalesforceToolkit(BaseToolkit):
    """The Salesforce tools of one account, or of whichever account each run names.

    Args:
        connect: A SalesforceConnect, or whatever else hands out or is a Connection.
        identifier: Whose account; None to resolve it at each run, from the run's context or config.
        policy: What the tools may do; everything by default.
        account_for: From a tool call, the run's config and runtime to an identifier, for graphs where one message
            touches several accounts. The guard needs the same.

    Raises:
        ConfigurationError: An argument is not of its kind.
    """

    _binding: Binding = PrivateAttr()
    _tools: tuple[SalesforceTool, ...] = PrivateAttr()

    def __init__(
        self,
        connect: Connectable | Connection,
        identifier: str | None = None,
        policy: AccessPolicy | None = None,
        account_for: AccountFor | None = None,
    ) -> None:
        super().__init__()
        if identifier is not None and not (isinstance(identifier, str) and identifier.strip()):
            raise ConfigurationError("The identifier must be a non-empty string, or None to resolve it at each run.")
        if policy is not None and not isinstance(policy, AccessPolicy):
            raise ConfigurationError("The policy must be an AccessPolicy.")
        self._binding = Binding(_connection_of(connect), identifier, policy or UNRESTRICTED, account_for)
        self._tools = tuple(SalesforceTool(spec, self._binding) for spec in SPECS.values() if self.policy.lists(spec))

    @property
    def identifier(self) -> str | None:
        """Whose account the tools use; None if each run says so."""
        return self._binding.identifier

    @property
    def policy(self) -> AccessPolicy:
        """What the tools may do."""
        return self._binding.policy

    def get_tools(self) -> list[BaseTool]:
        """The tools that the policy lists, in the order in which they are documented."""
        return list(self._tools)

    def __repr__(self) -> str:
        return f"SalesforceToolkit(identifier={self.identifier!r}, tools={len(self._tools)})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("A toolkit holds a live connection and cannot be pickled; make a new one instead.")

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "SalesforceToolkit":
        return self.__copy__()


def _connection_of(connect: Any) -> Connection:
    if callable(getattr(connect, "as_connection", None)):
        connect = connect.as_connection()
    if callable(getattr(connect, "send", None)):
        connection: Connection = connect
        return connection
    raise ConfigurationError(
        "The first argument must be a SalesforceConnect.", hint="Make one with SalesforceConnect.from_env()."
    )
