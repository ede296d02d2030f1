"""Weights: what lies on a scale, asked for by the register that sells it.

Live weights come as events of the type `weight` on `/v1/events`; a register that leases the scale
is the only one to hear them.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from drivers.scale import Scale, Unit, Weighing
from edge_daemon.scopes import Scope
from edge_daemon.web import documented, needs

WAIT_SECONDS = 5.0
WAIT_LIMIT = 60

Wait = Annotated[
    float,
    QueryParameter(ge=0, le=WAIT_LIMIT, description="Seconds to wait for the scale to rest."),
]
Live = Annotated[
    bool,
    QueryParameter(description="True: answer at once what it shows, also while it moves."),
]


class ScaleWeight(msgspec.Struct, frozen=True, kw_only=True):
    """What a scale shows.

    Attributes:
        scale: The configured scale.
        status: `stable` or `zero`; with `live` also `unstable`, `overweight`, `under_zero` or
            `not_ready`.
        weight_milli: Thousandths of `unit`: 480 is 0.480 kg. Absent while there is no weight.
        unit: As the scale is set.
        net: A tare has been taken off.
    """

    scale: str
    status: str
    weight_milli: int | None = None
    unit: Unit = "kg"
    net: bool = False


def weighing_routes(find: Callable[[str], Scale]) -> Sequence[ControllerRouterHandler]:
    """The routes of scales; `find` returns an open scale by its name."""

    @get(
        "/v1/scales/{name:str}/weight",
        responses=documented(404, 409, 503),
        opt=needs(Scope.SCAN, Scope.TILL),
    )
    async def read_weight(
        name: FromPath[str], wait: Wait = WAIT_SECONDS, *, live: Live = False
    ) -> ScaleWeight:
        """Weigh: a weight at rest, measured after this request.

        409 where there is none in that time: it moves, too much lies on it, or it is under zero.
        """
        scale = find(name)
        return _told(name, scale.weighing if live else await scale.read_weight(wait))

    return [read_weight]


def _told(name: str, weighing: Weighing) -> ScaleWeight:
    return ScaleWeight(
        scale=name,
        status=weighing.status,
        weight_milli=weighing.weight_milli,
        unit=weighing.unit,
        net=weighing.net,
    )
