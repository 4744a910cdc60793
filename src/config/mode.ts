/** What a missing variable means: a warning when only looking (`validate`, `plan`), an error when acting. */
export type LoadMode = "validate" | "plan" | "apply" | "daemon";
