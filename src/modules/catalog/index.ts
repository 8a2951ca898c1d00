// The catalog says what may be asked for, what it costs and which vendors make it. It promises
// that a price it names is the price that is charged. It knows no task and no wallet.

export { catalogSettings } from "./catalog.config.js";
export { AspectRatio } from "./catalog.graphql.js";
export { Catalog, type Order, type Ratio, type VendorOrder } from "./catalog.js";
export { loadCatalog } from "./load-catalog.js";
