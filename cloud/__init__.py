"""The hosted API."""

from importlib import import_module
from pkgutil import iter_modules

from pydantic import BaseModel

from agent_core import protocol
from agent_core.protocol.base import AnswerModel, WireModel


def _build(model: type[BaseModel]) -> None:
    for child in model.__subclasses__():
        child.model_config["defer_build"] = False
        child.model_rebuild()
        _build(child)


# The window puts off building the models it may not need. A server needs all, and FastAPI reads them as they are.
for _module in iter_modules(protocol.__path__):
    import_module(f"{protocol.__name__}.{_module.name}")
for _base in (WireModel, AnswerModel):
    _base.model_config["defer_build"] = False
    _build(_base)
