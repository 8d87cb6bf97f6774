"""Whether uploaded files are still where DATA_DIR keeps them."""

from app.core.database import Database
from app.core.settings import Settings
from app.local.errors import LocalError
from app.storage import repository

LOOKED_AT = 5


async def check_uploads(settings: Settings) -> None:
    """Refuse a folder that has none of the newest files of which the database knows. Raises: LocalError."""
    if settings.files_url:
        return
    url = settings.database_url.get_secret_value()
    database = Database(url, application_name="headrace-local", pool_size=1)
    try:
        newest = await repository.find_newest(database, limit=LOOKED_AT)
    finally:
        await database.close()
    folder = settings.uploads_dir
    if newest and not any((folder / str(file_id)).exists() for file_id in newest):
        raise LocalError(
            f"uploaded files are gone: the database knows of files, and {folder} has none of the newest. Bring the"
            f" folder back, or set FILES_URL to where they are. To go on without them: touch {folder / str(newest[0])}"
        )
