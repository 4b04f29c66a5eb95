/** Pass an error on to the page's handler of errors, as if nothing had caught it. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    setTimeout(() => {
      throw error;
    }); // environments of tests
}
