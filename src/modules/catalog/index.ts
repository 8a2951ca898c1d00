// Models, their options and prices, and the vendors that make them. Guarantee: the listed price is the charged price.
// This module does not import tasks or wallet.

export { catalogSettings } from "./catalog.config.js";
export { AspectRatio } from "./catalog.graphql.js";
export { Catalog, type Order, type Ratio, type VendorOrder } from "./catalog.js";
export { loadCatalog } from "./load-catalog.js";
