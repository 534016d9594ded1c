-- The answers to writes that came with a key. If the same key comes again, it gets the same answer, and nothing happens.
create table answered_write (
  key text primary key,
  -- What was asked: the text to add, or null for a remove.
  asked_text text,
  item_id bigint,
  item_text text,
  version bigint not null,
  length bigint not null,
  answered_at timestamptz not null default clock_timestamp()
);
create index answered_write_age on answered_write (answered_at);
-- A table that is never empty: a plan made for an empty one would be a scan, and kept. Nobody can send this key.
insert into answered_write (key, version, length, answered_at) values ('', 0, 0, 'infinity');

create function known_answers(keys text[]) returns setof answered_write
language plpgsql security definer as $$
begin
  -- Not all at once: writers wait meanwhile, and what takes too long is rolled back.
  delete from answered_write where key in (
    select old.key from answered_write old where old.answered_at < now() - interval '1 hour'
    order by old.answered_at limit 1000
  );
  -- One by one, by the index: for a short table `= any(keys)` would be a scan, and the plan is kept.
  return query
  select a.* from unnest(keys) k
  cross join lateral (
    select * from answered_write w where w.key = k and w.answered_at >= now() - interval '1 hour' limit 1
  ) a;
end
$$;

create function keep_answer(answer answered_write) returns void
language plpgsql security definer as $$
begin
  insert into answered_write (key, asked_text, item_id, item_text, version, length)
  values (answer.key, answer.asked_text, answer.item_id, answer.item_text, answer.version, answer.length)
  on conflict (key) do update -- one that is older than an hour
  set asked_text = excluded.asked_text, item_id = excluded.item_id, item_text = excluded.item_text,
    version = excluded.version, length = excluded.length, answered_at = excluded.answered_at;
end
$$;

-- Several writes as one: `[{"add": "a text", "key": "…"}, {"key": null}]`. One without `add` takes the oldest item off.
-- Nobody has been answered yet, so any order of them is right: first all adds are made, in the order given, then all
-- removes. Each has a version of its own; all become visible at once and share the wait for the disk.
--
-- Answers one row for each write, in the order given, and behind them one with the first page that they made.
-- `is_other`: its key was used before for something else.
--
-- After budget_ms nothing is changed: it raises lock_not_available. So a caller who has given up by then knows that
-- nothing has happened.
create function write_queue(writes json, page_size int, budget_ms int)
returns table (
  item_id bigint, item_text text, version bigint, length bigint, is_other boolean, items json, origin text
)
language plpgsql as $$
declare
  head queue;
  texts text[];
  keys text[];
  has_keys boolean;
  known answered_write[];
  answers answered_write[];
  answer answered_write;
  adds int[];
  removes int[];
  ids bigint[];
  taken item[];
  last_taken bigint;
begin
  perform set_config('lock_timeout', greatest(budget_ms, 1)::text, true); -- 0 would mean for ever
  -- First on purpose: writers wait here, one behind the other. The statements after it see what the last one committed.
  perform lock_queue();

  select array_agg(w.add order by w.n), array_agg(w.key order by w.n), bool_or(w.key is not null),
    array_agg(w.n order by w.n) filter (where w.add is not null),
    array_agg(w.n order by w.n) filter (where w.add is null)
  into texts, keys, has_keys, adds, removes
  from rows from (json_to_recordset(writes) as (add text, key text)) with ordinality w (add, key, n);
  if has_keys then
    known := array(select k from known_answers(keys) k);
    -- What is new: a key that comes twice here is written once.
    select array_agg(w.n order by w.n) filter (where w.add is not null),
      array_agg(w.n order by w.n) filter (where w.add is null)
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
    select * into head from queue order by written_tenth desc limit 1;
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

  for i in 1 .. cardinality(texts) loop
    answer := answers[i];
    if answer.version is not null then
      if answer.key is not null then
        perform keep_answer(answer);
      end if;
    else
      answer := coalesce(
        (select k from unnest(known) k where k.key = keys[i]), answers[array_position(keys, keys[i])]);
    end if;
    item_id := answer.item_id;
    item_text := answer.item_text;
    version := answer.version;
    length := answer.length;
    is_other := answer.asked_text is distinct from texts[i];
    return next;
  end loop;

  return query
  select null::bigint, null::text, page.version, page.length, false, page.items, page.origin
  from read_page(0, page_size) page;
  if clock_timestamp() > statement_timestamp() + budget_ms * interval '1 ms' then
    raise exception 'the queue was locked for more than % ms', budget_ms using errcode = 'lock_not_available';
  end if;
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['known_answers(text[])', 'keep_answer(answered_write)', 'write_queue(json, int, int)'] loop
    execute format('alter function %s set search_path = %I, pg_temp', name, current_schema());
    execute format('alter function %s set random_page_cost = 0', name);
    execute format('alter function %s set jit = off', name);
  end loop;
end
$$;
