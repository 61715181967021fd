"""Real carriers through the karrio library, which knows some fifty of them.

Off unless CARRIER_KARRIO says how to reach one: a JSON object with `carrier` (karrio's name of it),
`settings` (its credentials), `service` (the service to buy) and, if wanted, `options` and
`parcel` (of one that nobody measured, in karrio's words). Needs requirements/karrio.txt and the
extension of the carrier, such as `karrio-ups`.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import ImageFile

from returns.models import ParcelState
from returns.parcels.carriers.interface import (
    CarrierAdapter,
    CarrierError,
    MadeLabel,
    Shipment,
    TrackingUpdate,
    WebhookRefused,
)

# Karrio's words for how far a parcel is; those that are not here say nothing about it.
STATES: Final = {
    "picked_up": ParcelState.HANDED_IN,
    "in_transit": ParcelState.IN_TRANSIT,
    "on_hold": ParcelState.IN_TRANSIT,
    "out_for_delivery": ParcelState.IN_TRANSIT,
    "delivery_delayed": ParcelState.IN_TRANSIT,
    "delivery_failed": ParcelState.IN_TRANSIT,
    "ready_for_pickup": ParcelState.IN_TRANSIT,
    "delivered": ParcelState.ARRIVED,
}
USUAL_GRAMS: Final = 1000
# Karrio's code for an exception that is none of its own.
_FAILED: Final = "SHIPPING_SDK_INTERNAL_ERROR"


class ThroughKarrio(CarrierAdapter):
    """Buys labels and asks for states at the one carrier that the settings name."""

    can_track = True

    def make_label(self, shipment: Shipment) -> MadeLabel:
        """Buy a label from the buyer to the location, as a PDF. Raises CarrierError."""
        sdk, gateway = _gateway()
        details, messages = _answer(
            lambda: sdk.Shipment.create(_request(shipment)).from_(gateway).parse()
        )
        label = getattr(getattr(details, "docs", None), "label", None)
        if not label:
            raise _refusal(messages)
        return MadeLabel(
            content=_decoded(label),
            tracking_number=str(details.tracking_number or ""),
            carrier=str(details.carrier_name or ""),
            tracking_url=str((details.meta or {}).get("carrier_tracking_link") or ""),
        )

    def track(self, tracking_number: str) -> TrackingUpdate | None:
        """Ask the carrier how far a parcel is. Raises CarrierError."""
        sdk, gateway = _gateway()
        found, messages = _answer(
            lambda: (
                sdk.Tracking.fetch({"tracking_numbers": [tracking_number]}).from_(gateway).parse()
            )
        )
        if not found:
            if messages:
                raise _refusal(messages)
            return None
        return _update(found[0])

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> list[TrackingUpdate]:
        """Return what the carrier's own webhook tells, where karrio reads it; else ours.

        Karrio does not check who sent it, so that its form has to be signed with our secret too.
        """
        from returns.parcels.carriers import signatures

        signatures.verify(headers, body)
        try:
            return signatures.updates(body)
        except WebhookRefused:
            return _through_hooks(headers, body)


def _through_hooks(headers: Mapping[str, str], body: bytes) -> list[TrackingUpdate]:
    try:
        sdk, gateway = _gateway()
        payload = {"body": body.decode(), "headers": dict(headers)}
        (event, _messages) = sdk.Hooks.on_webhook_event(payload).from_(gateway).parse()
    except Exception as error:
        raise WebhookRefused("The body cannot be read.") from error
    tracking = getattr(event, "tracking", None)
    update = _update(tracking) if tracking else None
    return [update] if update else []


def _gateway() -> tuple[Any, Any]:
    """Return the library and the carrier as the settings describe it."""
    try:
        import karrio.sdk as sdk
    except ImportError as error:
        raise CarrierError(_("Install requirements/karrio.txt to reach carriers.")) from error
    # Karrio tells Pillow to take pictures that are cut off; those of labels are to be whole.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    wanted = settings.CARRIER_KARRIO
    try:
        return sdk, sdk.gateway[wanted["carrier"]].create(wanted.get("settings", {}))
    except Exception as error:
        # Whatever an extension raises; not its words, which may repeat the credentials.
        raise CarrierError(
            _("The settings in CARRIER_KARRIO do not fit the carrier (%(kind)s).")
            % {"kind": type(error).__name__}
        ) from error


def _answer(call: Any) -> tuple[Any, list[Any]]:
    """Return the carrier's answer and messages; whatever goes wrong in between is CarrierError."""
    try:
        found, messages = call()
    except Exception as error:
        raise CarrierError(
            _("The carrier did not answer (%(kind)s).") % {"kind": type(error).__name__},
            may_pass=True,
        ) from error
    return found, list(messages or ())


def _refusal(messages: Iterable[Any]) -> CarrierError:
    """Return the error for a carrier's refusal, in its words, or for a call that failed.

    Karrio makes a message of every exception inside a call, whose words may repeat credentials.
    """
    told = list(messages)
    if any(one.code == _FAILED for one in told):
        return CarrierError(_("The carrier did not answer."), may_pass=True)
    words = "; ".join(str(one.message) for one in told if one.message)[:500]
    return CarrierError(words or _("The carrier made no label."))


def _decoded(label: str) -> bytes:
    try:
        return base64.b64decode(label)
    except (binascii.Error, ValueError) as error:
        raise CarrierError(_("The carrier's label cannot be read.")) from error


def _request(shipment: Shipment) -> dict[str, Any]:
    """Return the shipment in karrio's words. Buyer to location: every extension can do that."""
    wanted = settings.CARRIER_KARRIO
    parcel = {"weight": USUAL_GRAMS / 1000, "weight_unit": "KG", **wanted.get("parcel", {})}
    if shipment.weight_grams:
        parcel |= {"weight": shipment.weight_grams / 1000, "weight_unit": "KG"}
    return {
        "service": wanted.get("service", ""),
        "shipper": _address(shipment.sender),
        "recipient": _address(shipment.recipient),
        "parcels": [parcel],
        "options": wanted.get("options", {}),
        "reference": shipment.reference,
        "order_id": shipment.key,
        "label_type": "PDF",
    }


def _address(address: Mapping[str, str]) -> dict[str, str]:
    names = {
        "person_name": "name",
        "company_name": "company",
        "address_line1": "line1",
        "address_line2": "line2",
        "postal_code": "postal_code",
        "city": "city",
        "state_code": "region",
        "country_code": "country",
        "phone_number": "phone",
    }
    return {theirs: address[ours] for theirs, ours in names.items() if address.get(ours)}


def _update(details: Any) -> TrackingUpdate | None:
    state = STATES.get(str(details.status or ""))
    if details.delivered:
        state = ParcelState.ARRIVED
    if state is None:
        return None
    return TrackingUpdate(
        tracking_number=str(details.tracking_number), state=state.value, at=_moment(details)
    )


def _moment(details: Any) -> datetime | None:
    """Return when the last event was, if the carrier says so with a time zone."""
    for event in details.events or ():
        try:
            at = datetime.fromisoformat(str(event.timestamp))
        except (AttributeError, ValueError):
            continue
        return at if at.tzinfo else None
    return None
