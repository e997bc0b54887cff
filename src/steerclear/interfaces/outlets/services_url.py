"""Mail, SMS gateways, chat rooms and the like as outlets, through apprise.

Their addresses hold passwords and tokens. No address is shown, logged or put into an outcome: what fails is named by
its place in the list and its scheme. apprise and the HTTP client below it write addresses to their logs, so these are
switched off.
"""

from __future__ import annotations

import logging
import warnings
from types import ModuleType
from typing import Final

from steerclear.interfaces.outlets.errors import NotTakenError, OutletsError
from steerclear.interfaces.outlets.languages import Language
from steerclear.interfaces.outlets.wording import as_text, headline
from steerclear.services.reach import Summons

_TALKATIVE: Final = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")


class AppriseOutlet:
    """Writes to every address in turn; the summons is taken when every one of them took it."""

    def __init__(self, key: str, urls: tuple[str, ...], language: Language) -> None:
        """Raises OutletsError naming the key and the place of an address that means nothing."""
        self._urls = urls
        self._language = language
        self._apprise = _load(key)
        for place, url in enumerate(urls, 1):
            if not self._apprise.Apprise().add(url):
                raise OutletsError(
                    f"{key}: address {place} of {len(urls)} ({_scheme(url)}://…) is not one that apprise understands; "
                    "check it with `apprise --dry-run`"
                )

    def send(self, summons: Summons) -> str:
        """Write to the addresses. Raises NotTakenError naming those that did not take it."""
        refused = [
            f"address {place} of {len(self._urls)} ({_scheme(url)})"
            for place, url in enumerate(self._urls, 1)
            if not self._take(url, summons)
        ]
        if refused:
            raise NotTakenError(f"not taken: {', '.join(refused)}; is the service reachable, and does it know us?")
        return f"taken by {', '.join(_scheme(url) for url in self._urls)}"

    def _take(self, url: str, summons: Summons) -> bool:
        service = self._apprise.Apprise()
        return bool(
            service.add(url)
            and service.notify(
                body=as_text(summons, self._language),
                title=headline(summons, self._language),
                body_format=self._apprise.NotifyFormat.TEXT,
            )
        )


def _load(key: str) -> ModuleType:
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # its plugins still use what Python 3.13 drops
            import apprise  # noqa: PLC0415 (a quarter of a second, and an extra: only where it is used)

            apprise.Apprise().add("json://localhost")  # loads the plugins, and with them their warnings
    except ImportError:
        raise OutletsError(
            f"{key} needs the package apprise: install steerclear[outlets], or use a command instead"
        ) from None
    return apprise


def _scheme(url: str) -> str:
    return url.partition("://")[0]
