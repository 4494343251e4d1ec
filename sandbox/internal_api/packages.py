"""What is sold."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from sandbox.internal_api.http import Db
from sandbox.internal_api.models import Package, Price
from sandbox.internal_api.refusals import refusals
from sandbox.internal_api.schemas import PackageAnswer, PackagesAnswer
from sandbox.internal_api.values import CURRENCY, money
from sandbox.internal_api.vocabulary import PackageType

router = APIRouter(tags=["packages"])


@router.get("/v1/packages", responses=refusals())
def list_packages(
    database: Db,
    type: PackageType | None = None,  # noqa: A002 - the parameter's name in the contract
    currency: Annotated[str | None, Query(pattern=CURRENCY, description="Only prices in this currency.")] = None,
    duration_minutes: Annotated[int | None, Query(ge=1, le=480)] = None,
) -> PackagesAnswer:
    """Packages with their prices, filtered; one that has no price in the currency asked for is left out."""
    query = select(Package).order_by(Package.position)
    if type:
        query = query.where(Package.type == type)
    if duration_minutes:
        query = query.where(Package.duration_minutes == duration_minutes)
    with database.reading() as session:
        shown = [_show(package, currency) for package in session.scalars(query)]
    return PackagesAnswer(packages=[package for package in shown if package.prices])


def _show(package: Package, currency: str | None) -> PackageAnswer:
    def wanted(price: Price) -> bool:
        return currency in (None, price.currency)

    return PackageAnswer(
        id=package.id,
        name=package.name,
        description=package.description,
        type=package.type,
        session_type=package.session_type,
        duration_minutes=package.duration_minutes,
        sessions=package.sessions,
        prices=[money(price.amount, price.currency) for price in package.prices if wanted(price)],
    )
