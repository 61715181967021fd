// @shopify/shopify-api: its GraphQL client with the session of an installed app.

import { GraphqlQueryError, HttpResponseError } from '@shopify/shopify-api';

import { sold, tell, token } from './server.mjs';
import { library, session } from './shopify.mjs';
import { UNKNOWN_FIELD, wholeReturn } from './story.mjs';

const { Graphql } = library('secret').clients;
const client = new Graphql({ session: session(token) });

const ask = async (query, variables) => (await client.request(query, { variables })).data;

/** Return what a request fails with. */
async function failure(request) {
  try {
    await request;
  } catch (error) {
    return error;
  }
  throw new Error('That should have failed.');
}

const wrong = await failure(client.request(UNKNOWN_FIELD));
const stranger = await failure(
  new Graphql({ session: session('retour_wrong') }).request('{ shop { name } }'),
);

tell({
  return: await wholeReturn(ask, sold),
  wrong: [wrong instanceof GraphqlQueryError, wrong.message],
  stranger: [stranger instanceof HttpResponseError, stranger.response.code],
});
