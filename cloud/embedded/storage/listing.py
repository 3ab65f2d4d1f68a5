"""One folder level of a bucket, as Storage's list shows it: folders first, then files."""

from typing import Any

from cloud.embedded.storage.objects import to_json

_SORTABLE = {"name", "updated_at", "created_at", "last_accessed_at"}
_DEFAULT_LIMIT = 100


async def list_folder(connection: Any, bucket_id: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """Entries of a folder that the caller may see.

    Args:
        connection: A transaction in the caller's role.
        bucket_id: The bucket.
        query: `prefix` (the folder), `search` (begin of names in it), `limit`, `offset`, `sortBy`.
    """
    prefix = str(query.get("prefix") or "")
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    rows = await connection.fetch(
        "select * from storage.objects where bucket_id = $1 and starts_with(name, $2) order by name",
        bucket_id,
        prefix + str(query.get("search") or ""),
    )
    folders: dict[str, dict[str, Any]] = {}
    files: list[dict[str, Any]] = []
    for row in rows:
        first, slash, _ = row["name"][len(prefix) :].partition("/")
        if slash:
            folders[first] = {
                "name": first, "id": None, "updated_at": None, "created_at": None, "last_accessed_at": None,
                "metadata": None,
            }  # fmt: skip
        else:
            files.append({**to_json(row), "name": first})
    sort = query.get("sortBy") or {}
    column = str(sort["column"]) if sort.get("column") in _SORTABLE else "name"
    backwards = str(sort.get("order", "asc")).lower() == "desc"
    files.sort(key=lambda entry: str(entry[column]), reverse=backwards)
    entries = [*sorted(folders.values(), key=lambda entry: str(entry["name"]), reverse=backwards), *files]
    offset, limit = int(query.get("offset") or 0), int(query.get("limit") or _DEFAULT_LIMIT)
    return entries[offset : offset + limit]
