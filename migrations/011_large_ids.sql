-- New items come behind the largest id that there was. An id that somebody gives by hand must leave room for them: below half
-- of what a JavaScript number holds. Else nobody could add an item any more.
create function refuse_large_id() returns trigger
language plpgsql security definer as $$
begin
  if new.id > coalesce(pg_sequence_last_value('item_id_seq'), 0) then
    raise exception 'an id above 2^52 leaves no room for later items' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

create trigger refuse_large_id before insert on item
  for each row when (new.id > 4503599627370496) execute function refuse_large_id();
alter table item enable always trigger refuse_large_id;

do $$
begin
  execute format('alter function refuse_large_id() set search_path = %I, pg_temp', current_schema());
end
$$;
