// @shopify/admin-api-client, which speaks https with a shop's domain alone.

import { createAdminApiClient } from '@shopify/admin-api-client';

import { DOMAIN, plainFetch, sold, tell, token, version } from './server.mjs';
import { UNKNOWN_FIELD, wholeReturn } from './story.mjs';

const client = (accessToken) =>
  createAdminApiClient({
    storeDomain: DOMAIN,
    apiVersion: version,
    accessToken,
    customFetchApi: plainFetch,
  });

async function ask(query, variables) {
  const { data, errors } = await client(token).request(query, { variables });
  if (errors) throw new Error(JSON.stringify(errors.graphQLErrors ?? errors.message));
  return data;
}

const wrong = (await client(token).request(UNKNOWN_FIELD)).errors;
const stranger = (await client('retour_wrong').request('{ shop { name } }')).errors;
// Its own list of versions goes by the day, and knows nothing of the tests'.
const older = await client(token).request('{ shop { name } }', { apiVersion: 'unstable' });

tell({
  return: await wholeReturn(ask, sold),
  wrong: wrong.graphQLErrors.map(({ message, extensions }) => [message, extensions.code]),
  stranger: stranger.networkStatusCode,
  unstable: Object.keys(older.data),
  cost: Object.keys(older.extensions.cost),
});
