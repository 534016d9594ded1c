const { PORT, DATABASE_URL, MEMCACHIER_SERVERS, SLOW_QUERY_MS, WAY_PROCESS, RECORDER_PORT } = process.env

/** The settings of a way's process. They have the same names as the app's, if the app has them. */
export const settings = {
  port: Number(PORT),
  databaseUrl: DATABASE_URL,
  memcacheServers: MEMCACHIER_SERVERS,
  slowQueryMs: Number(SLOW_QUERY_MS ?? 0),
  /** The process's name in the record. */
  processName: WAY_PROCESS ?? 'A',
  /** Where its operations are recorded; undefined: nowhere. */
  recorderPort: RECORDER_PORT === undefined ? undefined : Number(RECORDER_PORT),
}
