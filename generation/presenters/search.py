"""What a person looks for among prompts."""

from accounts.access import MemberRequest


def search_words(request: MemberRequest) -> str:
    """Without the one character that PostgreSQL does not take in a text."""
    return request.GET.get("q", "").replace("\0", "").strip()
