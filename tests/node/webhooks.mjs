// @shopify/shopify-api: `webhooks.validate` on a delivery as it came in.

import { delivery, tell } from './server.mjs';
import { library } from './shopify.mjs';

/** Return what the library says of the delivery. */
function validate({ secret = delivery.secret, body = delivery.body, headers = delivery.headers }) {
  const rawRequest = { method: 'POST', url: '/webhooks', headers };
  return library(secret).webhooks.validate({ rawBody: body, rawRequest });
}

const { 'x-shopify-topic': _topic, ...untold } = delivery.headers;

tell({
  genuine: await validate({}),
  changed: await validate({ body: `${delivery.body} ` }),
  foreign: await validate({ secret: `${delivery.secret}x` }),
  untold: await validate({ headers: untold }),
});
