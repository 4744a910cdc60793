/** What a person should read about an event, before a format turns it into a destination's own form. */
export interface Message {
  /** One line; never cut off by a format. Plain text, untrusted. */
  readonly title: string;
  /** More detail in plain text, untrusted; may be long. */
  readonly text?: string;
  readonly level: "info" | "success" | "warning" | "error";
  /** Short name and value pairs, untrusted. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Where to read more; never cut off by a format. Only http and https. */
  readonly link?: { readonly text: string; readonly url: string };
  /** ISO 8601. */
  readonly time: string;
}
