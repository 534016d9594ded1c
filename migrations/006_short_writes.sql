-- Makes a write twice as fast in Postgres. The time went to the statements inside the functions, and to the page: 100 items
-- as JSON. So each function has fewer statements, and a process that knows the page from its last write gets only the items
-- after it.
-- write_queue, known_answers and keep_answer stay, for the release before this one.

create or replace function before_item_change() returns trigger
language plpgsql security definer as $$
declare
  last_id bigint;
begin
  select head.last_id into last_id from queue head order by head.written_tenth desc limit 1 for update;
  if not found then
    last_id := (lock_queue()).last_id;
  end if;
  -- A sequence that starts again (a copied database, `truncate … restart identity`) would give new items ids that stand
  -- before the oldest item, or that exist.
  if tg_op = 'INSERT' then
    if coalesce(pg_sequence_last_value('item_id_seq'), 0) < last_id then
      perform setval('item_id_seq', last_id);
    end if;
  end if;
  return null;
end
$$;

-- `changed` is what a statement has inserted or deleted, or what it has made of the rows that it updated.
create or replace function after_item_change() returns trigger
language plpgsql security definer as $$
declare
  count bigint;
  first_id bigint;
  final_id bigint;
  newest tid;
begin
  select count(*), min(id), max(id), (select ctid from queue order by written_tenth desc limit 1)
  into count, first_id, final_id, newest
  from changed;
  if count = 0 then
    return null;
  end if;
  if tg_op = 'DELETE' then
    update queue q
    set
      version = next_version(q.version + count - 1),
      -- Counted anew if it was wrong.
      length = case when q.length >= count then q.length - count else (select count(*) from item) end,
      removed_through = coalesce(
        (select i.id - 1 from item i where i.id > q.removed_through order by i.id limit 1), q.last_id)
    where q.ctid = newest;
  else
    update queue q
    set
      version = next_version(q.version + count - 1),
      length = q.length + case tg_op when 'INSERT' then count else 0 end,
      -- An item may have come in before the head.
      removed_through = least(q.removed_through, first_id - 1),
      last_id = greatest(q.last_id, final_id)
    where q.ctid = newest;
  end if;
  return null;
end
$$;

-- The database's origin, given the random part of its identity. Postgres puts the body of this function into the queries
-- that call it, because it is a single SQL expression without settings of its own.
create function origin_with(random text) returns text
language sql volatile as $$
  select coalesce(
      nullif(current_setting('queue.system', true), ''), set_config('queue.system', find_system(), false))
    || '/' || coalesce(random, '-')
$$;
grant select on queue_identity to public; -- queue_origin() tells it to everybody anyway

-- The answers that are kept for these keys.
create function find_answers(keys text[]) returns answered_write[]
language plpgsql security definer as $$
begin
  -- One by one, by the index: for a short table `= any(keys)` would be a scan, and the plan is kept.
  return array(
    select answer from unnest(keys) k
    cross join lateral (
      select w from answered_write w where w.key = k and w.answered_at >= now() - interval '1 hour' limit 1
    ) found (answer)
  );
end
$$;

-- Keeps those answers that have a key.
create function keep_answers(answers answered_write[]) returns void
language plpgsql security definer as $$
begin
  insert into answered_write (key, asked_text, item_id, item_text, version, length)
  select a.key, a.asked_text, a.item_id, a.item_text, a.version, a.length from unnest(answers) a
  where a.key is not null
  on conflict (key) do update -- one that is older than an hour
  set asked_text = excluded.asked_text, item_id = excluded.item_id, item_text = excluded.item_text,
    version = excluded.version, length = excluded.length, answered_at = excluded.answered_at;
  -- Not all at once: writers wait meanwhile, and what takes too long is rolled back.
  delete from answered_write where key in (
    select old.key from answered_write old where old.answered_at < now() - interval '1 hour'
    order by old.answered_at limit 1000
  );
end
$$;

-- Several writes in one call: `[{"add": "a text", "key": "…"}, {"remove": "oldest"}]`.
-- None of them has been answered yet, so any order is right: first all adds, in the order given, then all removes. Each has
-- its own version. All become visible at once and share the wait for the disk.
--
-- The caller may know the first page of one version, up to known_last_id.
--
-- Returns
--   answers: for each write, in the order given, what it did, or what the first write with its key did. `asked_text` is the
--     text that this first write asked to add
--   version, length, origin: those of the queue after all writes
--   after: known_last_id if nobody else has written since known_version, else 0
--   removed_through: no item up to this id is left
--   items: the items of the first page after the id `after`. Each write brings at most one item onto a known page.
--
-- After budget_ms it changes nothing and raises lock_not_available. So a caller who has given up by then knows that nothing
-- has happened.
create function write_batch(
  writes json, page_size int, budget_ms int, known_version bigint, known_last_id bigint
) returns json
language plpgsql as $$
declare
  -- 0 would mean for ever.
  lock_timeout text := set_config('lock_timeout', greatest(budget_ms, 1)::text, true);
  head queue;
  after_id bigint := 0;
  texts text[];
  keys text[];
  known answered_write[];
  answers answered_write[];
  adds int[]; -- their places among the writes
  removes int[];
  ids bigint[];
  taken item[];
  last_taken bigint;
  items json := '[]';
begin
  -- First on purpose: writers wait here, one behind the other. The statements after it see what the last one committed.
  select * into head from queue order by written_tenth desc limit 1 for update;
  if not found then
    head := lock_queue();
  end if;
  if head.version = known_version then
    after_id := known_last_id;
  end if;

  select array_agg(w.write ->> 'add'), array_agg(w.write ->> 'key'),
    array_agg(w.n) filter (where w.write ->> 'add' is not null),
    array_agg(w.n) filter (where w.write ->> 'add' is null)
  into texts, keys, adds, removes
  from json_array_elements(writes) with ordinality w (write, n);
  if array_remove(keys, null) <> '{}' then
    known := find_answers(keys);
    -- What is new: a key that comes twice here is written once.
    select array_agg(w.n) filter (where w.add is not null), array_agg(w.n) filter (where w.add is null)
    into adds, removes
    from unnest(texts, keys) with ordinality w (add, key, n)
    where w.key is null
      or (w.n = array_position(keys, w.key) and not exists (select from unnest(known) k where k.key = w.key));
  end if;

  if adds is not null then
    with added as (
      insert into item (text) select texts[a.n] from unnest(adds) with ordinality a (n, place) order by a.place
      returning id
    )
    select array_agg(added.id order by added.id) into ids from added;
    select * into head from queue order by written_tenth desc limit 1;
    for i in 1 .. cardinality(adds) loop
      answers[adds[i]] := row(keys[adds[i]], texts[adds[i]], ids[i], texts[adds[i]],
        head.version - cardinality(adds) + i, head.length - cardinality(adds) + i, null);
    end loop;
  end if;

  if removes is not null then
    if head.length > 0 then
      select max(oldest.id) into last_taken
      from (
        select i.id from item i where i.id > head.removed_through order by i.id limit cardinality(removes)
      ) oldest;
    end if;
    if last_taken is not null then
      with gone as (
        delete from item i where i.id > head.removed_through and i.id <= last_taken returning i.*
      )
      select array_agg(gone::item order by gone.id) into taken from gone;
      select * into head from queue order by written_tenth desc limit 1;
    end if;
    for i in 1 .. cardinality(removes) loop
      -- An empty queue stays as it is, its version too.
      answers[removes[i]] := row(keys[removes[i]], null, taken[i].id, taken[i].text,
        head.version - greatest(coalesce(cardinality(taken), 0) - i, 0),
        head.length + greatest(coalesce(cardinality(taken), 0) - i, 0), null);
    end loop;
  end if;

  if known is not null then
    perform keep_answers(answers);
    for i in 1 .. cardinality(texts) loop
      if answers[i].version is null then
        answers[i] := coalesce(
          (select k from unnest(known) k where k.key = keys[i]), answers[array_position(keys, keys[i])]);
      end if;
    end loop;
  end if;

  -- An empty table is not asked, as the plan would be kept.
  if head.length > 0 then
    items := (
      select coalesce(json_agg(page), '[]')
      from (
        select item.id, item.text from item
        where item.id > greatest(after_id, head.removed_through)
        order by item.id
        limit case when after_id = 0 then page_size else cardinality(texts) end
      ) page
    );
  end if;
  if clock_timestamp() > statement_timestamp() + budget_ms * interval '1 ms' then
    raise exception 'the queue was locked for more than % ms', budget_ms using errcode = 'lock_not_available';
  end if;
  return json_build_object(
    'answers', answers, 'version', head.version, 'length', head.length,
    'origin', origin_with((select min(random) from queue_identity)),
    'after', after_id, 'removed_through', head.removed_through, 'items', items
  );
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['before_item_change()', 'after_item_change()', 'find_answers(text[])',
    'keep_answers(answered_write[])', 'write_batch(json, int, int, bigint, bigint)'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
  end loop;
end
$$;
