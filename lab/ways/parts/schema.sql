-- The table of all ways. Each content has a version, so that the checker can tell an old page from a new one; the
-- ways differ only in what they do about memcache.
create table item (id bigint generated always as identity primary key, text text not null);
create table queue (version bigint not null);
insert into queue values (1);

create function load_queue(slow_ms int) returns json language sql as $$
  with slow as materialized (select pg_sleep(slow_ms / 1000.0))
  select json_build_object(
    'version', version,
    'length', (select count(*) from item),
    'items', (select coalesce(json_agg(front order by id), '[]') from (select id, text from item order by id limit 100) front))
  from queue, slow
$$;

-- The first statement locks the queue's row, so that writers wait for one another and versions follow their order.
create function add_item(new_text text) returns json language plpgsql as $$
declare
  new_version bigint;
  added item;
begin
  update queue set version = version + 1 returning version into new_version;
  insert into item (text) values (new_text) returning * into added;
  return json_build_object('item', added, 'version', new_version, 'length', (select count(*) from item));
end $$;

create function remove_item() returns json language plpgsql as $$
declare
  new_version bigint;
  removed item;
begin
  select version from queue for update into new_version;
  delete from item where id = (select min(id) from item) returning * into removed;
  if removed.id is not null then
    update queue set version = version + 1 returning version into new_version;
  end if;
  return json_build_object('item', case when removed.id is null then null else to_json(removed) end,
    'version', new_version, 'length', (select count(*) from item));
end $$;
