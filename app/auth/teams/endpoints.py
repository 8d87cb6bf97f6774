"""The HTTP face of teams, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.auth.asking import Administrator, AdministratorActor
from app.auth.resources import CurrentResources
from app.auth.teams import repository, service
from app.auth.teams.schemas import MemberOut, TeamCreate, TeamMembers, TeamPage, TeamSummary, TeamUpdate
from app.core import paging
from app.core.problems import StrictRoute
from app.core.root_path import link

TEAMS_PATH = "/api/v1/admin/teams"
router = APIRouter(prefix=TEAMS_PATH, tags=["users"], route_class=StrictRoute)
TeamId = Annotated[UUID, Path(description="The team's id.")]
UserId = Annotated[UUID, Path(description="The user's id.")]


@router.get("")
async def list_teams(
    request: Request,
    response: Response,
    resources: CurrentResources,
    _: Administrator,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> TeamPage:
    """List the teams, those last made first; each user's own is one of them."""
    before = paging.decode_cursor(cursor)
    rows = await repository.find_page(resources.database, before=before, limit=limit + 1)
    page = TeamPage(items=[TeamSummary.model_validate(row) for row in rows[:limit]], next_cursor=None)
    return page if len(rows) <= limit else paging.with_next(page, rows[limit - 1].id, request, response)


@router.post("", status_code=201)
async def create_team(
    request: Request, response: Response, resources: CurrentResources, actor: AdministratorActor, body: TeamCreate
) -> TeamSummary:
    """Make a team, which nobody is a member of yet."""
    made = await service.create(resources, actor, body)
    response.headers["Location"] = link(request, f"{TEAMS_PATH}/{made.id}")
    return TeamSummary.model_validate(made)


@router.get("/{team_id}")
async def get_team(resources: CurrentResources, _: Administrator, team_id: TeamId) -> TeamSummary:
    """Return a team."""
    return TeamSummary.model_validate(await service.get(resources, team_id))


@router.patch("/{team_id}")
async def update_team(
    resources: CurrentResources, actor: AdministratorActor, team_id: TeamId, body: TeamUpdate
) -> TeamSummary:
    """Change a team's name, or what its viewers see."""
    return TeamSummary.model_validate(await service.update(resources, actor, team_id, body))


@router.get("/{team_id}/members")
async def list_team_members(resources: CurrentResources, _: Administrator, team_id: TeamId) -> TeamMembers:
    """List who acts for a team, by name."""
    await service.get(resources, team_id)
    rows = await repository.find_members(resources.database, team_id)
    return TeamMembers(items=[MemberOut.model_validate(row) for row in rows])


@router.put("/{team_id}/members/{user_id}", status_code=204)
async def add_team_member(
    resources: CurrentResources, actor: AdministratorActor, team_id: TeamId, user_id: UserId
) -> None:
    """Let a user act for a team, by the header X-Team or by a key of its own; again is fine."""
    await service.add_member(resources, actor, team_id, user_id)


@router.delete("/{team_id}/members/{user_id}", status_code=204)
async def remove_team_member(
    resources: CurrentResources, actor: AdministratorActor, team_id: TeamId, user_id: UserId
) -> None:
    """Let a user act for a team no more, with the next request, at every process; his keys for it are refused, too."""
    await service.remove_member(resources, actor, team_id, user_id)
