-- Until now moving a video left its task in the project that it was created in.
update tasks set project_id = videos.project_id, revision = revision + 1
from videos
where videos.task_id = tasks.id and videos.deleted_at is null
  and videos.project_id is distinct from tasks.project_id;
