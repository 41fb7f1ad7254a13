"""Which pod is attached to which interfaces: new ones are looked up until they are found, and the inspector is told at once."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from podlynx.models.engine_event import EngineEvent
from podlynx.sensor.confined.door import NodeInspector
from podlynx.sensor.interfaces.links import Link, LinkTable
from podlynx.sensor.node.attachment import Attachment
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.objects import Pod
from podlynx.sensor.node.one_way import Direction
from podlynx.sensor.node.placement import NoPlacement, Placement, Places, Sought
from podlynx.sensor.node.provisional import Provisional
from podlynx.sensor.node.roster import Roster
from podlynx.sensor.node.watch_list import WatchList

HOST_NETWORK: Final = (
    "uses the node's own network (hostNetwork: true), where its traffic cannot be told from the node's; "
    "no capture mode helps, so leave it out by the selector"
)

log = structlog.get_logger(__name__)


class Attachments:
    """Runs in the event loop. `changed` is called after anything that a report would tell."""

    def __init__(
        self,
        roster: Roster,
        identity: Identity,
        places: Places,
        inspector: NodeInspector,
        *,
        links: LinkTable | None = None,
        settled: Callable[[list[EngineEvent]], None] = lambda _events: None,
        changed: Callable[[], None] = lambda: None,
        missing: Callable[[int], Direction] = lambda _index: "",
    ) -> None:
        """`links`: where interfaces are told of as they come up; `settled` takes events whose pod has become known.

        `missing`: the direction that an interface does not show.
        """
        self.provisional = Provisional()
        self.watch_list = WatchList(inspector)
        self._roster, self._identity, self._places = roster, identity, places
        self._links = links
        self._settled, self._changed, self._missing = settled, changed, missing
        self._inspector = inspector
        self._of: dict[str, Attachment] = {}
        self._told: dict[int, tuple[str, ...]] = {}
        """Addresses behind interfaces, as the inspector was told."""
        self._due = asyncio.Event()
        if links is not None:
            links.listen(appeared=self._appeared, gone=self._gone)

    def attachment(self, uid: str) -> Attachment | None:
        """What is known of the pod's place."""
        return self._of.get(uid)

    def link_news(self) -> None:
        """Take in what the kernel told of links, and let the inspector know."""
        if self._links is not None:
            self._links.refresh()
        self.apply()

    def pods_changed(self) -> None:
        """Pods or resources changed: follow, and look again for those without a place."""
        now, present = time.time_ns(), {pod.uid: pod for pod in self._roster.pods()}
        gone = [uid for uid in self._of if uid not in present]
        self._identity.leave(gone, now=now)
        for uid in gone:
            self._leave(uid)
        for pod in present.values():
            self._follow(pod, now)
        self.apply()
        self._due.set()

    def apply(self) -> None:
        """Tell the inspector which interfaces to watch: those of selected pods, and those nobody knows yet."""
        selected: list[int] = []
        for uid, attachment in self._of.items():
            placement = attachment.placement
            if placement is not None and not placement.inside and self._roster.selecting(uid):
                selected.extend(placement.indexes)
        if self.watch_list.want([*selected, *self.provisional.interfaces()]):
            self._changed()
        self._lodge()

    def _lodge(self) -> None:
        """Tell the inspector who lives behind what it captures: what passes between two of them is inspected once, on arrival."""
        lodged = {
            attachment.placement.indexes[0]: self._own_addresses(uid)
            for uid, attachment in self._of.items()
            if attachment.placement is not None and self._shows_arrivals(attachment.placement) and self._roster.selecting(uid)
        }
        if lodged != self._told:
            self._told = lodged
            self._inspector.lodge(lodged)

    def watches(self, placement: Placement) -> bool:
        """Whether the inspector said that it captures from all of its interfaces."""
        return self._places.captures(placement) if placement.inside else self.watch_list.captures(placement.indexes)

    def finds_room(self, placement: Placement) -> bool:
        """Whether all of its interfaces are among those that the kernel's filter has room for."""
        return placement.inside or self.watch_list.has_room(placement.indexes)

    def watching(self, ifindexes: Sequence[int]) -> None:
        """The inspector watches these now."""
        self.watch_list.watching(ifindexes)
        self._changed()

    def refused(self, ifindex: int, reason: str) -> None:
        """The inspector cannot capture that socket, or set its filter (0)."""
        if ifindex == 0:
            self.watch_list.refused(reason)
            self._due.set()
        elif (attachment := self._of.get(self._identity.current(ifindex) or "")) is not None:
            attachment.placement, attachment.reason = None, f"its packets cannot be captured ({reason})"
            attachment.wait()
        self._changed()

    def lost(self, uid: str) -> None:
        """The pod's place is gone, though the pod is not: it is looked for again."""
        if (attachment := self._of.get(uid)) is not None and attachment.placement is not None:
            self._detach(attachment.placement)
            attachment.lose(self._addresses_of(uid))
            self._due.set()
            self._changed()

    async def run(self) -> None:
        """Look for places as they fall due, until cancelled."""
        while True:
            self._due.clear()
            await self._look()
            self._expire()
            self.watch_list.again()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._due.wait()

    def _follow(self, pod: Pod, now: int) -> None:
        attachment = self._of.get(pod.uid)
        if attachment is None:
            self._of[pod.uid] = attachment = Attachment(waiting_since=time.monotonic())
            attachment.hurry()
        if pod.host_network:
            attachment.reason = HOST_NETWORK
            return
        if self._places.needs_selection and not self._roster.selecting(pod.uid):
            self._deselect(pod.uid, attachment)
        elif attachment.placement is None and attachment.pod is not pod:
            attachment.hurry()
        attachment.pod = pod
        self._identity.say(pod, since=attachment.placement.since if attachment.placement else now, now=now)

    async def _look(self) -> None:
        due = [pod for pod in self._roster.pods() if self._is_due(pod)]
        if not due:
            return
        places = await self._places.find([Sought(pod, self._leading(pod)) for pod in due])
        for pod in due:
            self._take(pod, places.get(pod.uid) or NoPlacement("was not looked for"))
        self.apply()

    def _leading(self, pod: Pod) -> tuple[str, ...]:
        """Addresses by which the pod may be looked for: those that nobody else has, and that it did not have when it was lost."""
        lost = self._of[pod.uid].lost_addresses
        return tuple(each for each in pod.addresses if each not in lost and self._identity.owner_of(each) in (None, pod.uid))

    def _shows_arrivals(self, placement: Placement) -> bool:
        """Whether what comes to the pod is seen at its own interface, so that the sender's may leave it to that."""
        return len(placement.indexes) == 1 and self._missing(placement.indexes[0]) != "towards"

    def _own_addresses(self, uid: str) -> tuple[str, ...]:
        """Those that the pod is known to have; one that another pod has too leads nowhere for certain."""
        return tuple(each for each in self._addresses_of(uid) if self._identity.owner_of(each) == uid)

    def _addresses_of(self, uid: str) -> tuple[str, ...]:
        pod = self._roster.pod(uid)
        return pod.addresses if pod is not None else ()

    def _is_due(self, pod: Pod) -> bool:
        return self._waits(pod) and self._of[pod.uid].due <= time.monotonic()

    def _take(self, pod: Pod, place: Placement | NoPlacement) -> None:
        attachment = self._of.get(pod.uid)
        if attachment is None or not self._roster.present(pod.uid):  # it went while it was looked for
            return
        if isinstance(place, Placement) and (other := self._others(pod, place)) is not None:
            place = NoPlacement(f"what leads to it is the interface of {other.title}")
        if isinstance(place, NoPlacement):
            self._wait(attachment, place)
            return
        self._attach(pod, attachment, place)

    def _others(self, pod: Pod, place: Placement) -> Pod | None:
        """The pod that is there and has one of the interfaces already: a stale route or neighbour leads to it."""
        for index in place.indexes:
            owner = self._identity.current(index)
            if owner is not None and owner != pod.uid and self._roster.present(owner):
                return self._roster.pod(owner)
        return None

    def _wait(self, attachment: Attachment, place: NoPlacement) -> None:
        if attachment.reason != place.reason:
            attachment.reason = place.reason
            self._changed()
        attachment.wait()

    def _attach(self, pod: Pod, attachment: Attachment, place: Placement) -> None:
        attachment.placement, attachment.reason = place, ""
        for index in place.indexes:
            self._identity.attach(pod.uid, index, since=place.since)
        self._identity.confirm(pod, since=place.since)
        took = round((time.monotonic() - attachment.waiting_since) * 1000)
        log.info("pod attached", pod=pod.title, interfaces=place.names, milliseconds=took)
        for index in place.indexes:
            self._settled(self.provisional.settle(index))
        self._changed()

    def _leave(self, uid: str) -> None:
        attachment = self._of.pop(uid)
        if attachment.placement is not None and attachment.placement.inside:
            self._detach(attachment.placement)
        self._places.left(uid)
        self._changed()

    def _deselect(self, uid: str, attachment: Attachment) -> None:
        """What is captured inside a pod is captured for a resource's sake only."""
        if attachment.placement is not None:
            self._detach(attachment.placement)
            attachment.placement, attachment.waiting_since = None, time.monotonic()
            self._places.left(uid)

    def _detach(self, placement: Placement) -> None:
        for index in placement.indexes:
            self._identity.detach(index, now=time.time_ns())

    def _appeared(self, link: Link) -> None:
        """A link to another namespace came up: its packets count from now on, whoever's it is."""
        if link.seen and self._roster.inspections():
            self.provisional.add(link.index)
        for attachment in self._of.values():
            if attachment.placement is None:
                attachment.hurry()
        self._due.set()

    def _gone(self, link: Link) -> None:
        self.provisional.drop(link.index)
        uid = self._identity.current(link.index)
        self._identity.detach(link.index, now=time.time_ns())
        attachment = self._of.get(uid) if uid is not None else None
        if attachment is not None and attachment.placement is not None:
            # The pod ended, or its sandbox was made anew: then there will be another one.
            attachment.lose(self._addresses_of(uid or ""))
            self._changed()

    def _expire(self) -> None:
        if self.provisional.expire():
            self.apply()

    def _pause(self) -> float | None:
        """Seconds until something is due; None: nothing is."""
        moments = [self._of[pod.uid].due for pod in self._roster.pods() if self._waits(pod)]
        moments += [due for due in (self.provisional.next_expiry(), self.watch_list.due) if due is not None]
        return max(min(moments) - time.monotonic(), 0.001) if moments else None

    def _waits(self, pod: Pod) -> bool:
        attachment = self._of.get(pod.uid)
        if attachment is None or attachment.placement is not None or pod.host_network:
            return False
        return not self._places.needs_selection or bool(self._roster.selecting(pod.uid))
