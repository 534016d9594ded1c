-- The page as before, but in PL/pgSQL, which keeps the plan: planning this query takes longer than running it. Whole rows
-- become JSON, which takes two thirds of the time of objects that are built field by field.
create or replace function queue_page(after_id bigint, page_size int)
returns table (version bigint, length bigint, items json)
language plpgsql stable as $$
begin
  return query
  select queue.version, queue.length, (
    select coalesce(json_agg(page order by page.id), '[]')
    from (
      select item.id, item.text from item
      where item.id > greatest(after_id, queue.removed_through)
      order by item.id
      limit page_size
    ) page
  )
  from queue;
end
$$;

-- A plan may have been made while the queue was empty. For an empty table Postgres plans a sequential scan, and keeps that
-- plan while the queue grows, until the table is analyzed again.
alter function queue_page(bigint, int) set enable_seqscan = off;
alter function write_together(text[], int) set enable_seqscan = off;
