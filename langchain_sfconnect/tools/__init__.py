"""The 25 tools: what they take, send and return. This loads no LangChain; base.py makes LangChain tools of them."""

from langchain_sfconnect.tools.registry import KINDS, SPECS, calls_write

__all__ = ["KINDS", "SPECS", "calls_write"]
