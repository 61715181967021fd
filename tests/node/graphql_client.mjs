// @shopify/graphql-client, which is given a whole address and so needs no fetch of ours.

import { createGraphQLClient } from '@shopify/graphql-client';

import { address, sold, tell, token, version } from './server.mjs';
import { UNKNOWN_FIELD, wholeReturn } from './story.mjs';

const client = (accessToken, path = version) =>
  createGraphQLClient({
    url: `${address}/admin/api/${path}/graphql.json`,
    headers: { 'Content-Type': 'application/json', 'X-Shopify-Access-Token': accessToken },
  });

async function ask(query, variables) {
  const { data, errors } = await client(token).request(query, { variables });
  if (errors) throw new Error(JSON.stringify(errors.graphQLErrors ?? errors.message));
  return data;
}

const wrong = (await client(token).request(UNKNOWN_FIELD)).errors;
const stranger = (await client('retour_wrong').request('{ shop { name } }')).errors;
const future = (await client(token, '2031-01').request('{ shop { name } }')).errors;

tell({
  return: await wholeReturn(ask, sold),
  wrong: wrong.graphQLErrors.map(({ message, extensions }) => [message, extensions.code]),
  stranger: stranger.networkStatusCode,
  future: future.networkStatusCode,
});
