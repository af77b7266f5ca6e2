// One line of JSON per test, for the Python test that shows them.

export default async function* (events) {
  for await (const { type, data } of events) {
    if (type === "test:pass" || type === "test:fail") {
      const cause = data.details.error?.cause;
      yield JSON.stringify({ name: data.name, passed: type === "test:pass", why: cause?.stack ?? String(cause) }) + "\n";
    }
  }
}
