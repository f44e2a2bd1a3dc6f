// The SQL Server driver: see the trait in the parent module.
