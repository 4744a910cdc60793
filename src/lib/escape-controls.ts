/** Text from a file or from elsewhere, on a terminal. */

// oxlint-disable-next-line no-control-regex -- controls and marks of direction are what it looks for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** What a terminal or a reader would take for an instruction, spelled out; line breaks and tabs too. */
export const escapeControls = (text: string): string =>
  text.replace(CONTROLS, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
