// The server that is tried, as pytest tells it, and a way past "https only".

export const { address, token, version, sold, delivery } = JSON.parse(process.env.RETOUR);

// A shop's domain as Shopify's clients want it; no request ever goes there.
export const DOMAIN = 'retour-tests.myshopify.com';

/** Fetch from the server what a client wants of its shop over https. */
export function plainFetch(url, options) {
  const { origin, pathname, search } = new URL(url);
  if (origin !== `https://${DOMAIN}`) throw new Error(`Unexpected request to ${url}`);
  return fetch(`${address}${pathname}${search}`, options);
}

/** Say what a program found out, for the test to judge. */
export function tell(found) {
  process.stdout.write(JSON.stringify(found));
}
