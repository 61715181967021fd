"""The pages of the storefront, by what they are about."""
