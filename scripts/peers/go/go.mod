module census-go-peer

go 1.19
