// @shopify/shopify-api set up as an app's server does it, on Node's own HTTP.

import '@shopify/shopify-api/adapters/node';
import { Session, shopifyApi } from '@shopify/shopify-api';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';

import { DOMAIN, plainFetch, version } from './server.mjs';

setAbstractFetchFunc(plainFetch);

/** Return the library for an app whose secret is `apiSecretKey`. */
export const library = (apiSecretKey) =>
  shopifyApi({
    apiKey: 'retour-tests',
    apiSecretKey,
    apiVersion: version,
    hostName: 'app.example',
    isEmbeddedApp: false,
    scopes: ['write_returns'],
    logger: { level: 0 },
  });

/** Return a session as the library stores it after an app was installed. */
export const session = (accessToken) =>
  new Session({
    id: `offline_${DOMAIN}`,
    shop: DOMAIN,
    state: '',
    isOnline: false,
    scope: 'write_returns',
    accessToken,
  });
