const { PORT, DATABASE_URL, MEMCACHIER_SERVERS, SLOW_QUERY_MS, WAY_PROCESS, RECORDER_PORT } = process.env

/** What a way's process is started with; the names are those of the app, as far as it has them. */
export const settings = {
  port: Number(PORT),
  databaseUrl: DATABASE_URL,
  memcacheServers: MEMCACHIER_SERVERS,
  slowQueryMs: Number(SLOW_QUERY_MS ?? 0),
  /** The process's name in what is recorded. */
  processName: WAY_PROCESS ?? 'A',
  /** Where what it does is recorded; undefined is nowhere. */
  recorderPort: RECORDER_PORT === undefined ? undefined : Number(RECORDER_PORT),
}
