"""An embedded Salesforce look-alike to develop and test against; it shares no code with the client it exercises."""

from __future__ import annotations

try:
    from langchain_sfconnect.localorg.org import LocalOrg
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.split(".")[0] not in {"h11", "jinja2", "lark", "starlette", "uvicorn"}:
        raise
    raise ImportError(
        f"The local org needs {missing.name!r}, which is not installed. "
        "Install the extra `local`: pip install 'langchain-sfconnect[local]'"
    ) from missing

__all__ = ["LocalOrg"]
