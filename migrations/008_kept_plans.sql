-- The number of items that a function returns is a parameter. When Postgres makes a plan to keep, it does not know this
-- number, and assumes a large one. So a new plan for each call seemed cheaper to it, and planning took a third to a half of
-- the function's time.
alter function read_page(bigint, int) set plan_cache_mode = force_generic_plan;
alter function write_batch(json, int, int, bigint, bigint) set plan_cache_mode = force_generic_plan;
