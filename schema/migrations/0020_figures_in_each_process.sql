-- Each process reads the figures of the database for itself.
DROP TABLE "operator_figures";