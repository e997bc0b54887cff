"""What may happen to bytes between two nodes: lost, doubled, late, out of order, changed on the way, cut off."""

from __future__ import annotations

from random import Random

from msgspec import Struct


class Weather(Struct, frozen=True, kw_only=True):
    """How bad the network is; chances from 0 to 1, times in seconds."""

    drop: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    fastest_s: float = 0.001
    slowest_s: float = 0.02


CALM = Weather()


class Network:
    """Carries bytes between parties; says when each copy arrives, if any does."""

    def __init__(self, chance: Random, weather: Weather) -> None:
        self._chance = chance
        self.weather = weather
        self._cut: set[tuple[str, str]] = set()

    def cut(self, sender: str, receiver: str) -> None:
        """Nothing gets through any more in this direction."""
        self._cut.add((sender, receiver))

    def join(self, sender: str, receiver: str) -> None:
        """This direction works again."""
        self._cut.discard((sender, receiver))

    def heal(self) -> None:
        """Every direction works, quickly and without loss."""
        self._cut.clear()
        self.weather = CALM

    def carry(self, sender: str, receiver: str, data: bytes) -> list[tuple[float, bytes]]:
        """The copies that will arrive: seconds from now, and the bytes."""
        chance, weather = self._chance, self.weather
        if (sender, receiver) in self._cut:
            return []
        copies = 2 if chance.random() < weather.duplicate else 1
        arriving = []
        for _ in range(copies):
            if chance.random() < weather.drop:
                continue
            carried = self._garbled(data) if chance.random() < weather.corrupt else data
            arriving.append((chance.uniform(weather.fastest_s, weather.slowest_s), carried))
        return arriving

    def _garbled(self, data: bytes) -> bytes:
        if not data:
            return self._chance.randbytes(3)
        changed = bytearray(data)
        match self._chance.randrange(3):
            case 0:
                changed[self._chance.randrange(len(changed))] ^= 1 << self._chance.randrange(8)
            case 1:
                del changed[self._chance.randrange(len(changed)) :]
            case _:
                at = self._chance.randrange(len(changed))
                changed[at:at] = self._chance.randbytes(4)
        return bytes(changed)
