-- How many items stand before a page that begins after this id; null if there are more than at_most. To count all of them
-- would read half of a long queue.
create function count_before(after_id bigint, at_most int) returns bigint
language plpgsql stable as $$
declare
  head queue;
  count bigint;
begin
  select * into head from queue order by written_tenth desc limit 1;
  if head.length = 0 then
    return 0; -- an empty table is not asked, as the plan would be kept
  end if;
  select count(*) into count
  from (
    select from item i where i.id > head.removed_through and i.id <= after_id order by i.id limit at_most + 1
  ) preceding;
  return nullif(count, at_most + 1);
end
$$;

-- The id after which the last page begins; null if one page holds the whole queue.
create function last_page_after(page_size int) returns bigint
language plpgsql stable as $$
declare
  head queue;
begin
  select * into head from queue order by written_tenth desc limit 1;
  if head.length <= page_size then
    return null;
  end if;
  return (
    select i.id from item i where i.id > head.removed_through order by i.id desc offset page_size limit 1
  );
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['count_before(bigint, int)', 'last_page_after(int)'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
  end loop;
end
$$;
