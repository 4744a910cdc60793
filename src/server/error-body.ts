import { STATUS_CODES } from "node:http";

/** The form of every error that the server answers with. The code is the status in words, such as `payload-too-large`. */
export const errorBody = (
  status: number,
  message: string,
): { readonly error: { readonly code: string; readonly message: string } } => ({
  error: { code: (STATUS_CODES[status] ?? "error").toLowerCase().replaceAll(" ", "-"), message },
});
