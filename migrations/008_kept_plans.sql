-- How many items a function answers with is a parameter. When Postgres makes a plan to keep, it does not know the number,
-- and assumes a large one. So it seemed cheaper to plan each call anew, and that took a third to a half of the time of
-- the whole function.
alter function read_page(bigint, int) set plan_cache_mode = force_generic_plan;
alter function write_batch(json, int, int, bigint, bigint) set plan_cache_mode = force_generic_plan;
