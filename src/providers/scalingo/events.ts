/**
 * Scalingo's event names: a notifier selects `app_deployed`, a payload says `deployment`. The pairs follow the constants of
 * Scalingo's own Go client; its pages list either side only.
 */
const PAIRS: Readonly<Record<string, string>> = {
  addon_db_upgraded: "upgrade_database",
  addon_deleted: "delete_addon",
  addon_plan_changed: "upgrade_addon",
  addon_provisioned: "new_addon",
  addon_resumed: "resume_addon",
  addon_suspended: "suspend_addon",
  addon_updated: "addon_updated",
  alert_added: "new_alert",
  alert_deleted: "delete_alert",
  app_alert_triggered: "alert",
  app_command_ran: "run",
  app_crashed: "crash",
  app_crashed_repeated: "repeated_crash",
  app_deleted: "delete_app",
  app_deployed: "deployment",
  app_edited: "edit_app",
  app_project_updated: "update_app_project",
  app_region_migration_started: "start_region_migration",
  app_renamed: "rename_app",
  app_restarted: "restart",
  app_scaled: "scale",
  app_stopped: "stop_app",
  app_transferred: "transfer_app",
  collaborator_accepted: "accept_collaborator",
  collaborator_invited: "new_collaborator",
  collaborator_removed: "delete_collaborator",
  collaborator_role_changed: "change_collaborator_role",
  database_backup_failed: "database_backup_failed",
  database_backup_succeeded: "database_backup_succeeded",
  database_continuousbackup_delayed: "database_continuousbackup_delayed",
  database_continuousbackup_healthy: "database_continuousbackup_healthy",
  database_continuousbackup_stale: "database_continuousbackup_stale",
  database_maintenance_completed: "complete_database_maintenance",
  database_maintenance_planned: "plan_database_maintenance",
  database_maintenance_started: "start_database_maintenance",
  domain_added: "new_domain",
  domain_edited: "edit_domain",
  domain_removed: "delete_domain",
  github_link: "link_github",
  github_unlink: "unlink_github",
  notifier_added: "new_notifier",
  notifier_edited: "edit_notifier",
  notifier_removed: "delete_notifier",
  project_created: "new_project",
  project_deleted: "delete_project",
  project_edited: "edit_project",
  variable_added: "new_variable",
  variable_bulk_edited: "edit_variables",
  variable_edited: "edit_variable",
  variable_removed: "delete_variable",
};

/** Events of an application that no notifier can select by name, but `send_all_events` sends. */
const UNSELECTABLE = [
  "new_app",
  "stack_changed",
  "link_scm",
  "update_scm",
  "unlink_scm",
  "create_review_app",
  "destroy_review_app",
  "new_autoscaler",
  "edit_autoscaler",
  "delete_autoscaler",
  "new_log_drain",
  "delete_log_drain",
  "new_addon_log_drain",
  "delete_addon_log_drain",
];

const BY_SELECTED = new Map(Object.entries(PAIRS));
const BY_PAYLOAD = new Map(Object.entries(PAIRS).map(([selected, payload]) => [payload, selected]));
const PAYLOAD_TYPES = new Set([...BY_PAYLOAD.keys(), ...UNSELECTABLE]);

/** The type in a payload, of either name; an unknown one as it is. */
export const payloadType = (name: string): string => BY_SELECTED.get(name) ?? name;

/** The names besides the payload's type. */
export function aliasesOf(type: string): readonly string[] {
  const selected = BY_PAYLOAD.get(type);
  return selected === undefined || selected === type ? [] : [selected];
}

/** The payload's type first. */
export function eventNames(name: string): readonly string[] | undefined {
  const type = payloadType(name);
  return PAYLOAD_TYPES.has(type) ? [type, ...aliasesOf(type)] : undefined;
}
