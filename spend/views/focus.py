from django.http import StreamingHttpResponse
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from spend import focus
from spend.csv_export import as_csv
from spend.models import Transfer
from spend.query import SpendQuery


@require_GET
@admins_only
def focus_csv(request: MemberRequest) -> StreamingHttpResponse:
    """Team and period of the address, in all units."""
    query = SpendQuery(request.GET, request.membership.team, request.memberships)
    start, end = query.period.start, query.period.end
    rows = Transfer.objects.in_team(query.team).filter(day__gte=start, day__lte=end)
    return as_csv(f"focus-{start}-{end}", focus.rows(rows))
