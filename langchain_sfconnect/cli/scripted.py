"""A chat model that follows a script: it decides from the conversation as a model would, without being one.

Each line of the script sees the newest user message and the tool results so far, and says the next thing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict

Line = Callable[[Sequence[BaseMessage]], AIMessage]


def calls(tool: str, **arguments: Any) -> AIMessage:
    """The model asks for one tool call."""
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": f"call_{uuid.uuid4().hex[:12]}"}])


class ScriptedChatModel(BaseChatModel):
    """Answers a user's message with the line the script has for it.

    Attributes:
        script: For each beginning of a user message, the line that answers before and after the tool was called.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: dict[str, tuple[Line, Line]]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ScriptedChatModel:
        """The script knows its tools."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked = next(m for m in reversed(messages) if isinstance(m, HumanMessage))
        before, after = next(lines for beginning, lines in self.script.items() if asked.text.startswith(beginning))
        line = after if isinstance(messages[-1], ToolMessage) else before
        return ChatResult(generations=[ChatGeneration(message=line(messages))])
