import type { SqlTraitKind } from './facts.ts';

/** A function that does more than compute: what it reaches, by the product's manual. */
export interface Danger {
  readonly trait: SqlTraitKind;
  readonly what: string;
}

const FILES: Danger = { trait: 'file_access', what: 'reads or writes files of the server' };
const PROGRAM: Danger = { trait: 'program', what: 'runs programs or loads code on the server' };
const NETWORK: Danger = { trait: 'dangerous_function', what: 'connects to other machines' };
const DELAY: Danger = { trait: 'delay', what: 'makes the server wait' };
const ADMIN: Danger = { trait: 'dangerous_function', what: 'administers the server' };
const WRITES: Danger = { trait: 'dangerous_function', what: 'changes stored state' };
const DYNAMIC: Danger = { trait: 'dynamic_sql', what: 'runs SQL given as text' };

function list(danger: Danger, names: string): [string, Danger][] {
  return names.split(' ').map((name) => [name, danger]);
}

const POSTGRES: readonly [string, Danger][] = [
  ...list(FILES, 'pg_read_file pg_read_binary_file pg_stat_file pg_ls_dir lo_import lo_export'),
  ...list(FILES, 'pg_read_server_files pg_write_server_files pg_logdir_ls'),
  ...list(PROGRAM, 'pg_execute_server_program sys_eval sys_exec sys_bineval sys_fileread exec_shell plsh'),
  ...list(NETWORK, 'http http_get http_post http_put http_delete http_patch http_head postgres_fdw_get_connections'),
  ...list(DELAY, 'pg_sleep pg_sleep_for pg_sleep_until'),
  ...list(
    ADMIN,
    'pg_terminate_backend pg_cancel_backend pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old set_config pg_switch_wal ' +
      'pg_switch_xlog pg_promote pg_create_restore_point pg_backup_start pg_backup_stop pg_start_backup pg_stop_backup ' +
      'pg_wal_replay_pause pg_wal_replay_resume pg_log_backend_memory_contexts pg_log_standby_snapshot ' +
      'pg_import_system_collations pg_notify pg_export_snapshot',
  ),
  ...list(
    WRITES,
    'setval nextval lo_create lo_creat lo_unlink lo_put lo_from_bytea lowrite lo_open lo_truncate lo_truncate64 ' +
      'pg_extension_config_dump binary_upgrade_set_next_pg_authid_oid brin_summarize_new_values gin_clean_pending_list ' +
      'pg_restore_relation_stats pg_restore_attribute_stats pg_clear_relation_stats',
  ),
  ...list(
    DYNAMIC,
    'query_to_xml query_to_xmlschema query_to_xml_and_xmlschema table_to_xml schema_to_xml database_to_xml cursor_to_xml crosstab ' +
      'connectby ts_stat ts_rewrite xpath_table query_to_xmlschema database_to_xmlschema schema_to_xmlschema cursor_to_xmlschema ' +
      'database_to_xml_and_xmlschema schema_to_xml_and_xmlschema',
  ),
];

const MYSQL: readonly [string, Danger][] = [
  ...list(FILES, 'load_file'),
  ...list(PROGRAM, 'sys_eval sys_exec sys_get sys_set do_system lib_mysqludf_sys_info'),
  ...list(
    DELAY,
    'sleep benchmark wait_for_executed_gtid_set master_pos_wait source_pos_wait wait_until_sql_thread_after_gtids ' +
      'master_gtid_wait',
  ),
  ...list(
    ADMIN,
    'get_lock release_lock release_all_locks nextval setval keyring_key_store keyring_key_generate ' +
      'keyring_key_remove asynchronous_connection_failover_add_source group_replication_set_as_primary ' +
      'group_replication_switch_to_single_primary_mode set_firewall_mode version_tokens_set version_tokens_edit',
  ),
  ...list(NETWORK, 'http_get http_post'),
];

const SQLITE: readonly [string, Danger][] = [
  ...list(PROGRAM, 'load_extension edit fts3_tokenizer'),
  ...list(FILES, 'readfile writefile fsdir lsdir lsmode zipfile'),
  ...list(DYNAMIC, 'eval sha3_query exec'),
  ...list(DELAY, 'randomblob zeroblob'),
];

const MSSQL: readonly [string, Danger][] = [
  ...list(
    FILES,
    'openrowset fn_xe_file_target_read_file fn_get_audit_file fn_trace_gettable fn_dump_dblog fn_dblog fn_full_dblog',
  ),
  ...list(FILES, 'dm_os_file_exists dm_os_enumerate_filesystem fn_msxe_read_event_stream'),
  ...list(NETWORK, 'opendatasource openquery'),
  ...list(PROGRAM, 'xp_cmdshell xp_regread xp_regwrite xp_dirtree xp_fileexist xp_subdirs'),
];

const ORACLE: readonly [string, Danger][] = [
  ...list(DELAY, 'sleep benchmark pg_sleep'),
  ...list(NETWORK, 'httpuritype dburitype ftpuritype'),
  ...list(FILES, 'bfilename'),
];

/** Functions of analytic engines that have no dialect of their own here: ClickHouse, Spark, Hive, DuckDB, Snowflake. */
const OTHERS: readonly [string, Danger][] = [
  ...list(
    FILES,
    'read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_ndjson read_text read_blob sniff_csv ' +
      'file filecluster',
  ),
  ...list(NETWORK, 'url urlcluster remote remotesecure s3 s3cluster gcs hdfs jdbc odbc postgresql mongodb redis'),
  ...list(PROGRAM, 'executable java_method reflect reflect2 try_reflect'),
  ...list(DELAY, 'sleepeachrow'),
  ...list(FILES, 'getenv getclientenv'),
];

/** Families of functions, where names are open-ended. */
const FAMILIES: readonly (readonly [RegExp, Danger])[] = [
  [
    /^pg_(?:ls|file|stat_\w*reset\w*|advisory|try_advisory|create|drop|replication|logical|sync_replication|copy_\w*slot)(?:_|$)/,
    ADMIN,
  ],
  [/^dblink/, NETWORK],
  [/^(?:cron|pgagent)\./, DYNAMIC],
  [/^(?:aws_s3|aws_lambda|azure_storage|net)\./, NETWORK],
  [/^binary_upgrade_/, ADMIN],
  [
    /^(?:keyring_key_(?:store|generate|remove)|audit_log_(?:filter|encryption|rotate)|group_replication_(?:set|switch|enable|disable|reset)|asynchronous_connection_failover_|version_tokens_(?:set|edit|delete|lock|unlock)|gen_dictionary_(?:load|drop)|service_(?:get_\w+_locks|release_locks))/,
    ADMIN,
  ],
  [/^fileio_/, FILES],
  [/^(?:\w+\.)?fn_xe_\w*read_file$/, FILES],
  [/^(?:\w+\.)?apex_web_service\b/, NETWORK],
  [
    /^system\$(?:cancel|abort|wait|enable|disable|start|stop|set|send|task|user_task|pipe_force|global_account_set)/,
    ADMIN,
  ],
  [/^(?:sp_|xp_)/, PROGRAM],
  [/^(?:\w+\.)?utl_(?:http|tcp|smtp|inaddr|mail|url)\b/, NETWORK],
  [/^(?:\w+\.)?utl_file\b/, FILES],
  [
    /^(?:\w+\.)?dbms_(?:java\w*|scheduler|job|sql|xmlquery|xmlgen|xslprocessor|lock|pipe|ldap\w*|advisor|export_extension|cdc_\w+|xmlstore|network_acl_admin|metadata|datapump|file_transfer|system|sys_sql|aq\w*|alert|redefinition|repcat\w*|session|shared_pool|backup_restore|cloud\w*|debug)\b/,
    PROGRAM,
  ],
  [/^(?:sys_|lib_mysqludf_)(?:eval|exec|bineval|get|set|sys)/, PROGRAM],
];

const TABLES: Readonly<Record<string, ReadonlyMap<string, Danger>>> = {
  postgres: new Map(POSTGRES),
  mysql: new Map(MYSQL),
  sqlite: new Map(SQLITE),
  mssql: new Map(MSSQL),
  ansi: new Map([...OTHERS, ...POSTGRES, ...MYSQL, ...MSSQL, ...ORACLE]),
};

/**
 * What is dangerous about a function, or null.
 * @param name lower case, as in `SqlStatement.functions`
 * @param dialect a key of the lexical spellings
 */
export function dangerOf(name: string, dialect: string): Danger | null {
  const bare = name.slice(name.lastIndexOf('.') + 1);
  const own = TABLES[dialect]?.get(bare);
  if (own !== undefined) return own;
  for (const [pattern, danger] of FAMILIES) if (pattern.test(name)) return danger;
  return null;
}
