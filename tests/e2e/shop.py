"""Attacks on a web server in the cluster, typed with curl on this machine or within a pod."""

from dataclasses import dataclass

from tests.e2e.typed import kubectl, typed

TOKEN = "-s -o /dev/null -m 5 -H 'X-CMD: Test' -H 'X-KEY: Test' -XPOST"
"""The walk-through's first pair: raises 57461."""
LOADER = "-s -o /dev/null -m 5 -H 'User-Agent: Mozilla/4.0' -XPOST --data-raw smk=1234"
"""Its second: raises 21562."""
HARMLESS = "-s -o /dev/null -m 5"


@dataclass(frozen=True)
class Shop:
    """What answers HTTP at `address` (with a port where it is not 80)."""

    address: str

    @property
    def url(self) -> str:
        """Where the first attack goes."""
        return f"http://{self.address}/secid_canceltoken.cgi"

    def attack(self) -> None:
        """From outside of the cluster."""
        typed(f"curl {self.url} {TOKEN}")

    def second_attack(self) -> None:
        """The other known pair."""
        typed(f"curl http://{self.address}/ {LOADER}")

    def visit(self) -> None:
        """A request that nothing is wrong with."""
        typed(f"curl http://{self.address}/ {HARMLESS}")

    def attack_from(self, pod: str, namespace: str) -> None:
        """From within a pod of the shop's image, by its own client."""
        kubectl(f"exec -n {namespace} {pod} -- /shop -attack {self.url}")
