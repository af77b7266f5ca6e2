"""An embedded Salesforce look-alike to develop and test against; it shares no code with the client it exercises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_sfconnect.localorg.org import LocalOrg

__all__ = ["LocalOrg"]

_EXTRA = {"h11", "jinja2", "lark", "multipart", "python_multipart", "starlette", "trustme", "uvicorn", "yaml"}


def __getattr__(name: str) -> Any:
    # Loaded on first use: pytest imports this package, for the plugin, in runs that never start an org.
    if name != "LocalOrg":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from langchain_sfconnect.localorg.org import LocalOrg
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] not in _EXTRA:
            raise
        raise ImportError(
            f"The local org needs {missing.name!r}, which is not installed. "
            "Install the extra `local`: pip install 'langchain-sfconnect[local]'"
        ) from missing
    return LocalOrg
