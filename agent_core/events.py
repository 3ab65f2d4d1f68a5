"""The event bus of the agent: typed events, weak subscribers, guarded handlers, callable from any thread."""

import inspect
import logging
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; a subscriber to a class receives its subclasses too."""


E = TypeVar("E", bound=Event)


class EventBus:
    """Delivers each event to its subscribers in the publishing thread.

    Subscribers are held weakly: a bound method dies with its object. A plain function or lambda must be kept
    alive by the caller (`subscribe` returns it for that purpose).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: dict[type[Event], list[weakref.ref[Any]]] = {}

    def subscribe(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[E], None]:
        """Calls `handler` with each event of `kind` published from now on."""
        reference: weakref.ref[Any] = weakref.WeakMethod(handler) if inspect.ismethod(handler) else weakref.ref(handler)
        with self._lock:
            self._subscribers.setdefault(kind, []).append(reference)
        return handler

    def publish(self, event: Event) -> None:
        """Delivers an event. A handler that raises is logged; the rest still run."""
        for handler in self._handlers_of(type(event)):
            try:
                handler(event)
            except Exception:
                log.exception("A handler of %s failed", type(event).__name__)

    def _handlers_of(self, kind: type[Event]) -> list[Callable[[Event], None]]:
        handlers: list[Callable[[Event], None]] = []
        with self._lock:
            for base in kind.__mro__:
                references = self._subscribers.get(base, [])
                alive = [(reference, handler) for reference in references if (handler := reference())]
                if len(alive) != len(references):
                    self._subscribers[base] = [reference for reference, _ in alive]
                handlers.extend(handler for _, handler in alive)
        return handlers
